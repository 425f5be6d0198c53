#!lua
-- Put an endpoint in the place of what was read. Answers 0, and writes nothing, where that has changed.
-- KEYS endpoints   ARGV endpoint id, the bytes that were read, endpoint (JSON)
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
