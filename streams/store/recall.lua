#!lua flags=no-writes
-- What is kept of articles: of each reference its record, and its verdict once one was settled.
--
-- ARGV  the prefix of the index's keys; references, packed (claim.lua)
-- Answers for each {record or nil, verdict (JSON) or nil}; both nil where it has expired.
local prefix, refs = ARGV[1], ARGV[2]

local function part(blob, index)
  local bounds = redis.call('GETRANGE', blob, 4 * index, 4 * index + 7)
  if #bounds < 8 then
    return false
  end
  local from, to = struct.unpack('<I4I4', bounds)
  return redis.call('GETRANGE', blob, from, to - 1)
end

local answers = {}
for at = 1, #refs, 6 do
  local batch, index = string.sub(refs, at, at + 4), string.byte(refs, at + 5)
  answers[#answers + 1] = {part(prefix .. 'b' .. batch, index), part(prefix .. 'v' .. batch, index)}
end
return answers
