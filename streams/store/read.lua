#!lua flags=no-writes
-- What one partition-batch has to know, of one moment (delivery.md, rule 5).
--
-- KEYS  fences; then what was applied of each article
-- ARGV  topic:partition, the prefix of alerts' keys; then the ids of the alerts asked for
-- Answers {fence or nil, {applied or nil …}, {id, revision, state, id, revision, state …}}: the alerts asked for and
-- all that the articles feed. The latter's keys are known only here; they carry the same hash tag.
local fence = redis.call('HGET', KEYS[1], ARGV[1])
local asked, alerts, applied = {}, {}, {}

local function add(id)
  if asked[id] then
    return
  end
  asked[id] = true
  local found = redis.call('HMGET', ARGV[2] .. id, 'rev', 'state')
  if found[1] then
    alerts[#alerts + 1] = id
    alerts[#alerts + 1] = found[1]
    alerts[#alerts + 1] = found[2]
  end
end

for i = 3, #ARGV do
  add(ARGV[i])
end
for i = 2, #KEYS do
  local value = redis.call('GET', KEYS[i])
  applied[i - 1] = value
  if value then
    for _, id in ipairs(cjson.decode(value).alerts) do
      add(id)
    end
  end
end
return {fence, applied, alerts}
