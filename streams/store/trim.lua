#!lua
-- Keeps the seen index within its bounds: what has expired is no longer counted, and of more articles than may be, the oldest
-- batches go. So does the oldest slot of more than may be, with all its buckets.
--
-- KEYS  the batches held, articles in them, articles dropped so far, the slots in use (claim.lua)
-- ARGV  the prefix of all other keys, how many articles may be held, how many slots
-- Answers how many articles were dropped.
local held, total, dropped, slots = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local prefix, most, most_slots = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local STEPS, NAME_BUCKETS, KEY_BUCKETS = 4000, 4096, 8192
if not (most and most_slots) then
  return redis.error_reply('ERR trim.lua: wrong arguments')
end

local left, gone, lost = tonumber(redis.call('GET', total) or '0'), 0, 0
for _ = 1, STEPS do
  local first = redis.call('LINDEX', held, 0)
  if not first then
    left = 0
    break
  end
  local batch, count = string.sub(first, 1, 5), struct.unpack('<I4', first, 6)
  local is_there = redis.call('EXISTS', prefix .. 'b' .. batch) == 1
  if is_there and left <= most then
    break
  end
  redis.call('LPOP', held)
  left = left - count
  if is_there then
    redis.call('UNLINK', prefix .. 'b' .. batch, prefix .. 'v' .. batch)
    lost = lost + count
  end
  gone = gone + 1
end
if gone > 0 then
  redis.call('SET', total, left)
  redis.call('INCRBY', dropped, lost)
end

local live = {}
for _, slot in ipairs(redis.call('SMEMBERS', slots)) do
  if redis.call('EXISTS', prefix .. 'c' .. struct.pack('<I4', tonumber(slot))) == 1 then
    live[#live + 1] = tonumber(slot)
  else
    redis.call('SREM', slots, slot)
  end
end
if #live > most_slots then
  table.sort(live)
  local slot = struct.pack('<I4', live[1])
  for kind, buckets in pairs({n = NAME_BUCKETS, k = KEY_BUCKETS}) do
    for from = 0, buckets - 1, 1024 do
      local names = {}
      for bucket = from, from + 1023 do
        names[#names + 1] = prefix .. kind .. slot .. struct.pack('<I2', bucket)
      end
      redis.call('UNLINK', unpack(names))
    end
  end
  redis.call('UNLINK', prefix .. 'c' .. slot)
  redis.call('SREM', slots, live[1])
end
return lost
