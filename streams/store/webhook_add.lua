#!lua
-- Add an endpoint, or put it in its own place; the fan-out's group is there before the first of them.
-- KEYS stream, endpoints, since   ARGV group, endpoint id, endpoint (JSON)
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '$', 'MKSTREAM')
if type(made) == 'table' and made.err and not string.find(made.err, 'BUSYGROUP', 1, true) then
  return made
end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for place = 1, #info, 2 do
  if info[place] == 'last-generated-id' then
    redis.call('HSETNX', KEYS[3], ARGV[2], info[place + 1])
  end
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 1
