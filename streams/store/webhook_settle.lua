#!lua flags=allow-oom
-- Record an attempt; drop the delivery, or put it back. One that another sender has dropped meanwhile stays dropped.
-- KEYS endpoints, owed, delivery, attempts   ARGV endpoint id, event id, retry (ms) or '', attempts made, attempt (JSON), kept
if ARGV[3] == '' then
  redis.call('ZREM', KEYS[2], ARGV[2])
  redis.call('DEL', KEYS[3])
elseif redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('HSET', KEYS[3], 'attempt', ARGV[4])
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  redis.call('LPUSH', KEYS[4], ARGV[5])
  redis.call('LTRIM', KEYS[4], 0, tonumber(ARGV[6]) - 1)
end
return 1
