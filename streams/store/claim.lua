#!lua
-- Claims one partition-batch in the order given (delivery.md, rule 4). Everything is read, and its type thereby
-- checked, before anything is written.
--
-- KEYS  fences; then for each claim: its article, the story of its source|uri, its content (the article's key once
--       more where there is no text to claim)
-- ARGV  topic:partition, last offset, lifetime in ms; then for each claim: offset, article id
-- Answers for each claim: nil for a repeat, else {story, the article whose text it repeats or nil}
local fences, partition, last, lifetime = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3]
local claims = (#KEYS - 1) / 3
if #ARGV ~= 3 + 2 * claims or not last or not tonumber(lifetime) then
  return redis.error_reply('ERR claim.lua: wrong arguments')
end

local fence = redis.call('HGET', fences, partition)
local known, written = {}, {}
for i = 2, #KEYS do
  known[KEYS[i]] = redis.call('GET', KEYS[i])
end
local function put(key, value)
  known[key] = value
  written[#written + 1] = key
end

local answers = {}
for i = 1, claims do
  local article, version, content = KEYS[3 * i - 1], KEYS[3 * i], KEYS[3 * i + 1]
  local offset, id = ARGV[2 * i + 2], ARGV[2 * i + 3]
  local here = partition .. ':' .. offset
  if known[article] then
    local place, story, of = cmsgpack.unpack(known[article])
    -- The same coordinates are a replay and get the same answer again; any other place is a repeat.
    answers[i] = place == here and {story == '' and id or story, of}
  else
    local of, story = false, false
    if content ~= article then
      if known[content] then
        of, story = cmsgpack.unpack(known[content])
        story = story == '' and of or story
      end
    end
    story = known[version] or story or id
    local kept = story == id and '' or story -- most articles open their own story: not written twice
    if content ~= article and not of then
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
