#!lua
-- Turn log entries into deliveries and acknowledge them: an entry is acknowledged once, so it is owed once.
-- KEYS stream, endpoints, since   ARGV group, prefix of owed, prefix of deliveries, now (ms),
--                                      then for each entry: stream id, event id, kind, tier, payload
local function parts(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(sequence)
end

local function after(id, since)
  if not since then
    return true
  end
  local ms, sequence = parts(id)
  local since_ms, since_sequence = parts(since)
  return ms > since_ms or (ms == since_ms and sequence > since_sequence)
end

local function asked(wanted, value)
  if #wanted == 0 then
    return true
  end
  for _, name in ipairs(wanted) do
    if name == value then
      return true
    end
  end
  return false
end

local endpoints = {}
local stored = redis.call('HGETALL', KEYS[2])
for place = 1, #stored, 2 do
  local endpoint = cjson.decode(stored[place + 1])
  if endpoint.enabled then
    endpoint.since = redis.call('HGET', KEYS[3], stored[place])
    endpoints[#endpoints + 1] = endpoint
  end
end

for place = 5, #ARGV, 5 do
  local id, event, kind, tier, payload = ARGV[place], ARGV[place + 1], ARGV[place + 2], ARGV[place + 3], ARGV[place + 4]
  if redis.call('XACK', KEYS[1], ARGV[1], id) == 1 then
    for _, endpoint in ipairs(endpoints) do
      if after(id, endpoint.since) and asked(endpoint.tiers, tier) and asked(endpoint.kinds, kind) then
        local delivery = ARGV[3] .. endpoint.id .. ':' .. event
        if redis.call('EXISTS', delivery) == 0 then
          redis.call('HSET', delivery, 'event', event, 'payload', payload, 'attempt', 0, 'created', ARGV[4])
          redis.call('ZADD', ARGV[2] .. endpoint.id, ARGV[4], event)
        end
      end
    end
  end
end
return 1
