#!lua
-- Claims one partition-batch in the order given (delivery.md, rule 4). Everything is read before anything is written.
--
-- KEYS  fences, the number of the last batch, the slots in use, marks
-- ARGV  topic:partition, last offset, lifetime in ms, how many lifetimes' slots back names are looked up,
--       the prefix of all other keys, the claims packed (store/packing.py), the first offset ('': whatever the fence is),
--       the mark ('': none), the verdicts given as `packing.together` packs them ('': they are to be made)
-- Answers the fence alone, having written nothing, where it lies below the first offset less one (-1: there is none).
-- Answers for each claim: '' for a repeat, else 'F' (fresh) or 'R' (a replay), the number of owners (plus 128 where it says
-- it was made from what stands before it), and packed references: its own, that of the article before it, of which it is a
-- version (zeros: none), and those of the owners of its keys when it was claimed.
--
-- Redis keys, all of them expiring whole: a slot is a window's length of the articles' own time.
--   n<slot><bucket>  names: 8 bytes of a name's hash, reference. Of an article's own name: the highest version's; of a version: its
--                    own; of a name by which it goes besides: whose was the first, in a hash of its own, so that no article can
--                    stand in the place of another whose name it gives for its own
--   k<slot><bucket>  keys: the key, reference of its owner, the owner's place in the slot (1/65536 of it)
--   b<batch>         what is kept of a batch's articles: where each begins, then each: references and record; and a mark of the
--                    call, 8 bytes
--   c<slot>          how many articles and bytes are in a slot
--   held             a list of the batches, oldest first: their numbers (5 bytes) and articles (4 bytes); trim.lua takes from it
--   total, dropped   articles in those batches, and articles that went before their time
-- A reference is the batch's number (5 bytes) and the place in it (1 byte). A text's first claimer in a slot owns its
-- keys until a quarter of a window has passed; then the next takes over, having been judged beside it.
local fences, counter, slots, marks = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local partition, last, lifetime, back = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local prefix, packed, first, mark, given = ARGV[5], ARGV[6], tonumber(ARGV[7]), ARGV[8], ARGV[9]
local NAME, KEY, REF, NONE = 14, 12, 6, string.rep('\0', 6)
local NAME_BUCKETS, KEY_BUCKETS, QUARTER, SLOT, NEVER = 4096, 8192, 16384, 65536, -1e300
local MOST = 2730 -- entries of a bucket; in the place of more the older half goes
local SMALL = 512 -- of a longer bucket only what is new is written; a shorter one is written whole, and takes no room to grow
if not (last and lifetime and back and given) then
  return redis.error_reply('ERR claim.lua: wrong arguments')
end
local unpack_, pack_, sub, find = struct.unpack, struct.pack, string.sub, string.find
local fence = redis.call('HGET', fences, partition)
redis.call('HLEN', marks)
if first and tonumber(fence or '-1') < first - 1 then
  return tonumber(fence or '-1')
end

-- claims --------------------------------------------------------------------------------------------------------

local claims, wanted, in_use = {}, {}, {}
local function want(kind, slot, bucket) -- of a slot nobody claimed in there is nothing to read; its counts outlive its buckets
  local name = prefix .. kind .. slot .. bucket
  if in_use[slot] == nil then
    in_use[slot] = redis.call('EXISTS', prefix .. 'c' .. slot) == 1
  end
  if in_use[slot] then
    wanted[#wanted + 1] = name
  end
  return name
end
local call, at = sub(packed, 1, 8), 9
while at <= #packed do
  local c = {}
  local names, evolved, keys, size
  c.place, c.id, c.slot, c.within, c.published, names, evolved, keys, size, at = unpack_('<c16c8I4I2dBBBI4', packed, at)
  c.names, c.keys = {}, {}
  for n = 1, names + evolved do
    local name = sub(packed, at, at + 7)
    local bucket = pack_('<I2', unpack_('<I2', name) % NAME_BUCKETS)
    local found = {name = name, buckets = {}, kept = n <= names}
    for slot = c.slot + 2, math.max(c.slot - back, 0), -1 do
      found.buckets[#found.buckets + 1] = {want('n', pack_('<I4', slot), bucket), slot}
    end
    c.names[n], at = found, at + 8
  end
  for k = 1, keys do
    local key = sub(packed, at, at + 3)
    local bucket = pack_('<I2', unpack_('<I4', key) % KEY_BUCKETS)
    local own, before, after = pack_('<I4', c.slot), pack_('<I4', math.max(c.slot, 1) - 1), pack_('<I4', c.slot + 1)
    c.keys[k] = {key, want('k', own, bucket), want('k', before, bucket), want('k', after, bucket)}
    at = at + 4
  end
  c.record, at = sub(packed, at, at + size - 1), at + size
  claims[#claims + 1] = c
end

-- reads ---------------------------------------------------------------------------------------------------------

local batch = tonumber(redis.call('GET', counter) or '0') + 1
local held = redis.call('LINDEX', prefix .. 'held', 0)
local oldest = held and unpack_('<I5', held) or batch -- what is of an earlier batch is gone
redis.call('STRLEN', prefix .. 'total')
redis.call('SCARD', slots)
local known, length = {}, {}
for from = 1, #wanted, 1000 do
  local to = math.min(from + 999, #wanted)
  local values = redis.call('MGET', unpack(wanted, from, to))
  for i = from, to do
    known[wanted[i]] = values[i - from + 1]
    length[wanted[i]] = values[i - from + 1] and #values[i - from + 1]
  end
end

local records, verdicts, count = {}, {}, 0 -- of this batch
local function record(ref)
  local number, index = unpack_('<I5B', ref)
  if number == batch then
    return records[index + 1]
  end
  local blob = prefix .. 'b' .. sub(ref, 1, 5)
  local bounds = redis.call('GETRANGE', blob, 4 * index, 4 * index + 7)
  if #bounds < 8 then
    return nil -- it has expired
  end
  local from, to = unpack_('<I4I4', bounds)
  return redis.call('GETRANGE', blob, from, to - 1)
end

local function entry(bucket, size, key) -- where a fixed-size entry begins
  local text = known[bucket]
  local from = text and find(text, key, 1, true)
  while from and (from - 1) % size ~= 0 do
    from = find(text, key, from + 1, true)
  end
  return from, text
end

local changed, order = {}, {}
local function put(bucket, size, from, value)
  if not changed[bucket] then
    changed[bucket], order[#order + 1] = 'append', bucket
  end
  local text = known[bucket] or ''
  if not from and #text >= MOST * size then
    text, changed[bucket] = sub(text, MOST / 2 * size + 1), 'set'
  end
  if from then
    known[bucket], changed[bucket] = sub(text, 1, from - 1) .. value .. sub(text, from + size), 'set'
  else
    known[bucket] = text .. value
  end
end

-- names ---------------------------------------------------------------------------------------------------------

local function head_of(text) -- where a record ends its references
  return 1 + REF * (1 + string.byte(text) % 128)
end

local function version(text) -- of a record; and what it is one of
  local head = head_of(text)
  local published, size = unpack_('<dI2', text, head + 17)
  local key, number = string.match(sub(text, head + 27, head + 26 + size), '^(.*)|([^|]*)$')
  return number, published, key
end

local function besides(key) -- the hash of a name that is not an article's own; in the same bucket
  return sub(key, 1, 7) .. string.char(255 - string.byte(key, 8))
end

local function supersedes(new, published, old, before) -- core/dedup/versions.py
  if find(new, '^%d+$') and find(old, '^%d+$') then
    new, old = string.gsub(new, '^0+', ''), string.gsub(old, '^0+', '')
    if #new ~= #old then
      return #new > #old
    end
    return new > old
  end
  if published ~= NEVER and before ~= NEVER then
    return published >= before
  end
  return true
end

local function look_up(name, key) -- answers {reference, slot, record}
  for _, bucket in ipairs(name.buckets) do
    local from, text = entry(bucket[1], NAME, key)
    local ref = from and sub(text, from + 8, from + 13)
    local kept = ref and record(ref)
    if kept then
      return {ref, bucket[2], kept}
    end
  end
end

local function enter(name, slot, key, ref)
  for _, bucket in ipairs(name.buckets) do
    if bucket[2] == slot then
      put(bucket[1], NAME, entry(bucket[1], NAME, key), key .. ref)
    end
  end
end

local function is_next(c, found) -- whether it comes after a record of the same article
  local old, published, key = version(found)
  return key == c.key and supersedes(c.version, c.published, old, published)
end

local function enter_names(c, ref)
  for n, name in ipairs(c.names) do
    local key, known = name.name, name.own
    if n > 1 then
      key, known = besides(name.name), name.besides
    end
    if name.kept and (not known or is_next(c, known[3])) then
      enter(name, math.max(c.slot, known and known[2] or 0), key, ref)
    end
  end
  enter(c.names[1], c.slot, c.id, ref)
end

-- claims, one by one --------------------------------------------------------------------------------------------

local function owners(c, ref)
  local seen, refs = {[ref] = true}, {}
  local function add(owner)
    if not seen[owner] and #refs < 100 then
      seen[owner] = true
      refs[#refs + 1] = owner
    end
  end
  for _, key in ipairs(c.keys) do
    for place = 2, 4 do
      local from, text = entry(key[place], KEY, key[1])
      local owner, within
      local is_held = from and unpack_('<I5', text, from + 4) >= oldest
      if is_held then
        owner, within = unpack_('<c6I2', text, from + 4)
      end
      if place == 2 then
        if is_held then
          add(owner)
        end
        if not is_held or c.within - within > QUARTER then
          put(key[2], KEY, from, key[1] .. ref .. pack_('<I2', c.within))
        end
      elseif is_held and key[place] ~= key[2] then
        local apart = place == 3 and c.within + SLOT - within or within + SLOT - c.within
        if apart <= SLOT + 1 then
          add(owner)
        end
      end
    end
  end
  return refs
end

local answers, per_slot = {}, {}
for i, c in ipairs(claims) do
  local own = c.names[1]
  for _, name in ipairs(c.names) do
    name.own, name.besides = look_up(name, name.name), look_up(name, besides(name.name))
  end
  local known = own.own and look_up(own, c.id) -- where a name is unknown, so is every version
  if known then
    local ref, kept = known[1], known[3]
    local head = head_of(kept)
    answers[i] = sub(kept, head + 1, head + 16) == c.place and 'R' .. sub(kept, 1, 1) .. ref .. sub(kept, 2, head) or ''
  else
    local ref = pack_('<I5B', batch, count)
    c.version, c.published, c.key = version('\0' .. NONE .. c.record)
    local before, evolved = NONE, 0
    for _, name in ipairs(c.names) do
      local found = name.own or name.besides
      if found then
        before, evolved = found[1], name.kept and 0 or 128
        break
      end
    end
    local refs = owners(c, ref)
    enter_names(c, ref)
    local references = before .. table.concat(refs)
    count = count + 1
    records[count] = string.char(#refs + evolved) .. references .. c.record
    if given ~= '' then
      local from, to = unpack_('<I4I4', given, 4 * i - 3)
      verdicts[count] = sub(given, from + 1, to)
    end
    per_slot[c.slot] = per_slot[c.slot] or {0, 0}
    per_slot[c.slot][1] = per_slot[c.slot][1] + 1
    per_slot[c.slot][2] = per_slot[c.slot][2] + #records[count] + 4
    answers[i] = 'F' .. string.char(#refs + evolved) .. ref .. references
  end
end

for _, bucket in ipairs(order) do
  if not length[bucket] and redis.call('EXISTS', bucket) == 1 then
    return redis.error_reply('WRONGTYPE claim.lua: a bucket is of another type')
  end
end

-- writes --------------------------------------------------------------------------------------------------------

local function keep(kind, parts, tail) -- as `packing.together`, and a tail
  local bounds, from = {}, 4 * (count + 1)
  for i = 1, count do
    bounds[i], from = pack_('<I4', from), from + #parts[i]
  end
  local blob = table.concat(bounds) .. pack_('<I4', from) .. table.concat(parts, '', 1, count) .. tail
  redis.call('SET', prefix .. kind .. sub(pack_('<I5', batch), 1, 5), blob, 'PX', lifetime)
end
if count > 0 then
  redis.call('SET', counter, string.format('%.0f', batch))
  redis.call('RPUSH', prefix .. 'held', pack_('<I5I4', batch, count))
  redis.call('INCRBY', prefix .. 'total', count)
  keep('b', records, call)
  if given ~= '' then
    keep('v', verdicts, '')
  end
end
for _, bucket in ipairs(order) do
  local text = known[bucket]
  if changed[bucket] == 'set' or #text < SMALL then
    redis.call('SET', bucket, text, 'PX', lifetime)
  else
    redis.call('APPEND', bucket, sub(text, (length[bucket] or 0) + 1))
    redis.call('PEXPIRE', bucket, lifetime)
  end
end
for slot, sums in pairs(per_slot) do
  local size = prefix .. 'c' .. pack_('<I4', slot)
  redis.call('HINCRBY', size, 'articles', sums[1])
  redis.call('HINCRBY', size, 'bytes', sums[2])
  redis.call('PEXPIRE', size, lifetime)
  redis.call('SADD', slots, slot)
end
if redis.call('SCARD', slots) > 1000 then
  redis.call('SPOP', slots)
end
if tonumber(fence or '-1') < last then
  redis.call('HSET', fences, partition, ARGV[2])
  if mark ~= '' then
    redis.call('HSET', marks, partition, mark)
  end
end
return answers
