#!lua flags=no-writes
-- What one partition-batch has to know, of one moment (delivery.md, rule 5).
--
-- KEYS  fences; then what was applied of each article
-- ARGV  topic:partition, the prefix of alerts' keys, that of the incidents' indexes, how far an incident reaches in
--       seconds, the sittings asked for as JSON [{index, at, date or null} …]; then the ids of the alerts asked for
-- Answers {fence or nil, {applied or nil …}, {id, revision, state …}, {index, revision, {alert …} …}}: the alerts asked
-- for, all that the articles feed, and the incidents near the sittings asked for and those the articles tell of. The
-- keys of those are known only here; they carry the same hash tag.
local fence = redis.call('HGET', KEYS[1], ARGV[1])
local alerts_at, indexes_at, reach = ARGV[2], ARGV[3], tonumber(ARGV[4])
local asked, alerts, applied = {}, {}, {}

local function add(id)
  if asked[id] then
    return
  end
  asked[id] = true
  local found = redis.call('HMGET', alerts_at .. id, 'rev', 'state')
  if found[1] then
    alerts[#alerts + 1] = id
    alerts[#alerts + 1] = found[1]
    alerts[#alerts + 1] = found[2]
  end
end

local names, sittings = {}, {}
local function look(lookups)
  for _, lookup in ipairs(lookups or {}) do
    local of = sittings[lookup.index]
    if not of then
      of = {dates = {}, spans = {}}
      names[#names + 1] = lookup.index
      sittings[lookup.index] = of
    end
    of.spans[#of.spans + 1] = {lookup.at - reach, lookup.at + reach}
    if lookup.date and lookup.date ~= cjson.null then
      of.dates[lookup.date] = true
    end
  end
end

look(cjson.decode(ARGV[5]))
for i = 6, #ARGV do
  add(ARGV[i])
end
for i = 2, #KEYS do
  local value = redis.call('GET', KEYS[i])
  applied[i - 1] = value
  if value then
    local known = cjson.decode(value)
    for _, id in ipairs(known.alerts) do
      add(id)
    end
    look(known.sittings)
  end
end

-- An index entry is JSON [first, last, [date …], [index …]]: see write.lua.
local function near(entry, dates, spans)
  for _, date in ipairs(entry[3]) do
    if dates[date] then
      return true
    end
  end
  for _, span in ipairs(spans) do
    if entry[1] <= span[2] and span[1] <= entry[2] then
      return true
    end
  end
  return false
end

local indexes, loaded = {}, {}
local function load(name)
  if not loaded[name] then
    local revision, ids, entries = '0', {}, {}
    local flat = redis.call('HGETALL', indexes_at .. name)
    for i = 1, #flat, 2 do
      if flat[i] == 'rev' then
        revision = flat[i + 1]
      else
        ids[#ids + 1] = flat[i]
        entries[flat[i]] = cjson.decode(flat[i + 1])
      end
    end
    loaded[name] = entries
    indexes[#indexes + 1] = name
    indexes[#indexes + 1] = revision
    indexes[#indexes + 1] = ids
  end
  return loaded[name]
end

-- Their neighbours come too, in every index they stand in: what leaves one incident may join another.
local wider, also = {}, {}
for _, name in ipairs(names) do
  local of = sittings[name]
  for id, entry in pairs(load(name)) do
    if near(entry, of.dates, of.spans) then
      add(id)
      for _, other in ipairs(entry[4]) do
        if not wider[other] then
          wider[other] = {}
          also[#also + 1] = other
        end
        table.insert(wider[other], {entry[1] - reach, entry[2] + reach})
      end
    end
  end
end
for _, name in ipairs(also) do
  for id, entry in pairs(load(name)) do
    if near(entry, {}, wider[name]) then
      add(id)
      for _, other in ipairs(entry[4]) do
        load(other)
      end
    end
  end
end
return {fence, applied, alerts, indexes}
