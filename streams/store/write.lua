#!lua
-- Writes one partition-batch whole, or nothing (delivery.md, rule 5). All checks stand before the first write; after
-- it nothing can fail: Redis refuses a script for want of memory, replicas or disk only before that.
--
-- KEYS  fences, stream, index by time, the four indexes by tier; then each alert; then what is applied of each article
-- ARGV  topic:partition, fence as read (-1: none), last offset, an alert's lifetime in ms, most entries of the stream,
--       their greatest age in ms, prefix of alerts' keys, prefix of the incidents' indexes, the revisions of those read as
--       JSON {index: revision}, number of alerts, of articles, of events;
--       then for each alert: id, revision as read, time of change in us, the rank of its tier (-1: retracted),
--       state, alert, tier, kind, language, places, body and status ('' where it is about no sitting), its index entry
--       as JSON [first, last, [date …], [index …]];
--       for each article: value, lifetime in ms; for each event: id, cause, type, kind, tier, alert
-- Answers 'OK', or what has moved since it was read.
local fences, stream, by_time = KEYS[1], KEYS[2], KEYS[3]
local partition, read, last, lifetime, entries, age, prefix, indexes_at = unpack(ARGV, 1, 8)
local alerts, articles, events = tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local TIERS, HEAD, ALERT, ARTICLE, EVENT = 4, 12, 13, 2, 6
local DEAD = 5 -- index entries looked at in a write, for incidents that have expired

-- checks --------------------------------------------------------------------------------------------------------

local function of_type(key, wanted)
  local kind = redis.call('TYPE', key)['ok']
  return kind == 'none' or kind == wanted
end
local function wrong(what)
  return redis.error_reply('ERR write.lua: ' .. what)
end
local function number(text)
  return string.find(text or '', '^%-?%d+$') ~= nil
end

if #KEYS ~= 3 + TIERS + alerts + articles or #ARGV ~= HEAD + ALERT * alerts + ARTICLE * articles + EVENT * events then
  return wrong('wrong number of keys or arguments')
end
if not (number(read) and number(last) and number(lifetime) and number(entries) and number(age)) then
  return wrong('an argument is not a number')
end
if not of_type(fences, 'hash') or not of_type(stream, 'stream') then
  return wrong('the fences or the stream are of another type')
end
for i = 3, 3 + TIERS do
  if not of_type(KEYS[i], 'zset') then
    return wrong(KEYS[i] .. ' is of another type')
  end
end
if (redis.call('HGET', fences, partition) or '-1') ~= read then
  return 'the fence of ' .. partition
end
for i = 1, alerts do
  local key, at = KEYS[3 + TIERS + i], HEAD + ALERT * (i - 1)
  if not of_type(key, 'hash') then
    return wrong(key .. ' is of another type')
  end
  if not (number(ARGV[at + 2]) and number(ARGV[at + 3]) and number(ARGV[at + 4])) then
    return wrong('an argument of alert ' .. ARGV[at + 1] .. ' is not a number')
  end
  if (redis.call('HGET', key, 'rev') or '0') ~= ARGV[at + 2] then
    return 'alert ' .. ARGV[at + 1]
  end
end
for name, revision in pairs(cjson.decode(ARGV[9])) do
  if not of_type(indexes_at .. name, 'hash') then
    return wrong('the index ' .. name .. ' is of another type')
  end
  if (redis.call('HGET', indexes_at .. name, 'rev') or '0') ~= string.format('%d', revision) then
    return 'the index ' .. name
  end
end
local standing, touched = {}, {} -- the indexes each alert stands in; all of them
for i = 1, alerts do
  standing[i] = cjson.decode(ARGV[HEAD + ALERT * i])[4]
  for _, name in ipairs(standing[i]) do
    touched[indexes_at .. name] = true
  end
end
for key in pairs(touched) do
  if not of_type(key, 'hash') then
    return wrong(key .. ' is of another type')
  end
end
for i = 1, articles do
  if not of_type(KEYS[3 + TIERS + alerts + i], 'string') then
    return wrong('what is applied of an article is of another type')
  end
  if not number(ARGV[HEAD + ALERT * alerts + ARTICLE * i]) then
    return wrong('the lifetime of an article is not a number')
  end
end

-- writes --------------------------------------------------------------------------------------------------------

for i = 1, alerts do
  local key, at = KEYS[3 + TIERS + i], HEAD + ALERT * (i - 1)
  local id, revision, time, rank, state, alert, tier, kind, language, places, body, status, entry = unpack(ARGV, at + 1, at + ALERT)
  redis.call('HSET', key, 'rev', string.format('%d', tonumber(revision) + 1), 'state', state, 'alert', alert,
    'tier', tier, 'kind', kind, 'language', language, 'places', places, 'body', body, 'status', status)
  for _, name in ipairs(standing[i]) do
    redis.call('HSET', indexes_at .. name, id, entry)
  end
  redis.call('PEXPIRE', key, lifetime)
  for index = 0, TIERS do
    -- Index 0 is the one by time: every alert stands in it, and in that of its own tier, unless retracted.
    if rank ~= '-1' and (index == 0 or index == tonumber(rank) + 1) then
      redis.call('ZADD', KEYS[3 + index], time, id)
    else
      redis.call('ZREM', KEYS[3 + index], id)
    end
  end
end

for i = 1, events do
  local at = HEAD + ALERT * alerts + ARTICLE * articles + EVENT * (i - 1)
  local id, cause, type, kind, tier, alert = unpack(ARGV, at + 1, at + EVENT)
  redis.call('XADD', stream, 'MAXLEN', '~', entries, '*',
    'id', id, 'cause', cause, 'type', type, 'kind', kind, 'tier', tier, 'alert', alert)
end
if events > 0 then
  local oldest = tonumber(redis.call('TIME')[1]) * 1000 - tonumber(age)
  redis.call('XTRIM', stream, 'MINID', '~', string.format('%d', math.max(oldest, 0)))
end

-- Alerts expire on their own; here they leave the indexes, the longest unchanged first, at most 100 a call.
for _ = 1, 100 do
  local id = redis.call('ZRANGE', by_time, 0, 0)[1]
  if not id or redis.call('EXISTS', prefix .. id) == 1 then
    break
  end
  for index = 0, TIERS do
    redis.call('ZREM', KEYS[3 + index], id)
  end
end

for key in pairs(touched) do
  redis.call('HINCRBY', key, 'rev', 1)
  redis.call('PEXPIRE', key, lifetime)
  for _, id in ipairs(redis.call('HRANDFIELD', key, DEAD)) do
    if id ~= 'rev' and redis.call('EXISTS', prefix .. id) == 0 then
      redis.call('HDEL', key, id)
    end
  end
end

for i = 1, articles do
  local at = HEAD + ALERT * alerts + ARTICLE * (i - 1)
  redis.call('SET', KEYS[3 + TIERS + alerts + i], ARGV[at + 1], 'PX', ARGV[at + 2])
end
redis.call('HSET', fences, partition, last)
return 'OK'
