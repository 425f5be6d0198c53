#!lua flags=no-writes
-- One page of an index, newest change first, and of it the alerts that match.
--
-- KEYS  the index: by time, or by one tier
-- ARGV  prefix of alerts' keys, least score, greatest score, how many of that score are done, page size, most matches,
--       kind, language, body, status, place ('' is any)
-- Answers {greatest score and number done for the next page, or nil and 0 at the end, alert, alert …}
local prefix, least, top, skip, size, most, kind, language, body, status, place = unpack(ARGV)
skip, size, most = tonumber(skip), tonumber(size), tonumber(most)

local function matches(found)
  if not found[1] or (kind ~= '' and found[2] ~= kind) or (language ~= '' and found[3] ~= language) then
    return false -- the first: it has expired, and its index entry goes with a later write
  end
  if (body ~= '' and found[5] ~= body) or (status ~= '' and found[6] ~= status) then
    return false
  end
  if place == '' then
    return true
  end
  for _, name in ipairs(cjson.decode(found[4])) do
    if name == place then
      return true
    end
  end
  return false
end

local page = redis.call('ZREVRANGEBYSCORE', KEYS[1], top, least, 'WITHSCORES', 'LIMIT', skip, size)
local answer = {false, 0}
for i = 1, #page, 2 do
  if page[i + 1] == top then
    skip = skip + 1
  else
    top, skip = page[i + 1], 1
  end
  local found = redis.call('HMGET', prefix .. page[i], 'alert', 'kind', 'language', 'places', 'body', 'status')
  if matches(found) then
    answer[#answer + 1] = found[1]
    if #answer - 2 == most then
      return answer
    end
  end
end
if #page == 2 * size then
  answer[1], answer[2] = top, skip
end
return answer
