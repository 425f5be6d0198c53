#!lua
-- Claims one partition-batch in the order given (delivery.md, rule 4). Everything is read, and its type thereby
-- checked, before anything is written.
--
-- KEYS  fences
-- ARGV  topic:partition, last offset, lifetime in ms, the prefixes of articles' keys, of stories' and of contents', the
--       claims as JSON [offset, article id, whether it claims a text, …], and the 16-byte ends of their keys: for each
--       claim those of article, story of its source|uri, and content (any where it claims no text)
-- Answers for each claim: nil for a repeat, else {story, the article whose text it repeats or nil}
-- The claims travel packed and their keys are made here, all under one hash tag: as keys and arguments of their own
-- they cost the worker half as much again (7.5 us an article, not 5) and Redis the same.
local fences, partition, last, lifetime = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3]
local batch, ends = cjson.decode(ARGV[7]), ARGV[8]
local claims = #batch / 3
if #ends ~= 48 * claims or not last or not tonumber(lifetime) then
  return redis.error_reply('ERR claim.lua: wrong arguments')
end

local fence = redis.call('HGET', fences, partition)
local names, known, written = {}, {}, {}
for i = 0, 3 * claims - 1 do
  local name = ARGV[4 + i % 3] .. string.sub(ends, 16 * i + 1, 16 * i + 16)
  names[i] = name
  known[name] = redis.call('GET', name)
end
local function put(key, value)
  known[key] = value
  written[#written + 1] = key
end

local answers = {}
for i = 1, claims do
  local article, version, content = names[3 * i - 3], names[3 * i - 2], names[3 * i - 1]
  local here, id, text = partition .. ':' .. batch[3 * i - 2], batch[3 * i - 1], batch[3 * i]
  if known[article] then
    local place, story, of = cmsgpack.unpack(known[article])
    -- The same coordinates are a replay and get the same answer again; any other place is a repeat.
    answers[i] = place == here and {story == '' and id or story, of}
  else
    local of, story = false, false
    if text and known[content] then
      of, story = cmsgpack.unpack(known[content])
      story = story == '' and of or story
    end
    story = known[version] or story or id
    local kept = story == id and '' or story -- most articles open their own story: not written twice
    if text and not of then
      put(content, cmsgpack.pack(id, kept))
    end
    put(version, story)
    put(article, cmsgpack.pack(here, kept, of))
    answers[i] = {story, of}
  end
end

for _, key in ipairs(written) do
  redis.call('SET', key, known[key], 'PX', lifetime)
end
if not fence or tonumber(fence) < last then
  redis.call('HSET', fences, partition, ARGV[2])
end
return answers
