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

-- An index entry is 'first last date date …': see write.lua.
local function near(entry, of, spans)
  local first, last, dates = string.match(entry, '^(%-?%d+) (%-?%d+)(.*)$')
  first, last = tonumber(first), tonumber(last)
  for date in string.gmatch(dates, '[%d-]+') do
    if of.dates[date] then
      return first, last
    end
  end
  for _, span in ipairs(spans) do
    if first <= span[2] and span[1] <= last then
      return first, last
    end
  end
end

local indexes = {}
for _, name in ipairs(names) do
  local of, revision, ids, entries, wider = sittings[name], '0', {}, {}, {}
  local flat = redis.call('HGETALL', indexes_at .. name)
  for i = 1, #flat, 2 do
    if flat[i] == 'rev' then
      revision = flat[i + 1]
    else
      ids[#ids + 1] = flat[i]
      entries[#entries + 1] = flat[i + 1]
      local first, last = near(flat[i + 1], of, of.spans)
      if first then
        add(flat[i])
        wider[#wider + 1] = {first - reach, last + reach}
      end
    end
  end
  for i, entry in ipairs(entries) do -- their neighbours: what leaves an incident may join one of these
    if near(entry, of, wider) then
      add(ids[i])
    end
  end
  indexes[#indexes + 1] = name
  indexes[#indexes + 1] = revision
  indexes[#indexes + 1] = ids
end
return {fence, applied, alerts, indexes}
