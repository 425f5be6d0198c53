#!lua flags=allow-oom
-- Remove an endpoint and all it is owed. Answers 0 where there is none.
-- KEYS endpoints, since, owed, attempts   ARGV endpoint id, prefix of deliveries
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then
  return 0
end
for _, event in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  redis.call('UNLINK', ARGV[2] .. ARGV[1] .. ':' .. event)
end
redis.call('UNLINK', KEYS[3], KEYS[4])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
