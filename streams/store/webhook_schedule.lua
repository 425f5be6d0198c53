#!lua
-- Owe an endpoint a delivery, in the place of one of the same id. Answers 0 where there is no such endpoint.
-- KEYS endpoints, owed, delivery   ARGV endpoint id, event id, due (ms), payload, attempts made, created (ms)
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('HSET', KEYS[3], 'event', ARGV[2], 'payload', ARGV[4], 'attempt', ARGV[5], 'created', ARGV[6])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
return 1
