#!lua flags=allow-oom
-- Take deliveries that are due, and hide them until the lease has passed.
-- KEYS endpoints   ARGV prefix of owed, prefix of deliveries, now (ms), end of lease (ms), limit an endpoint,
--                       then endpoint id, number in flight, …
local busy = {}
for place = 6, #ARGV, 2 do
  busy[ARGV[place]] = tonumber(ARGV[place + 1])
end

local taken = {}
local stored = redis.call('HGETALL', KEYS[1])
for place = 1, #stored, 2 do
  local endpoint = stored[place]
  local room = tonumber(ARGV[5]) - (busy[endpoint] or 0)
  if room > 0 and cjson.decode(stored[place + 1]).enabled then
    local owed = ARGV[1] .. endpoint
    local due = redis.call('ZRANGEBYSCORE', owed, '-inf', ARGV[3], 'WITHSCORES', 'LIMIT', 0, room)
    for at = 1, #due, 2 do
      local held = redis.call('HMGET', ARGV[2] .. endpoint .. ':' .. due[at], 'payload', 'attempt', 'created')
      if held[1] then
        redis.call('ZADD', owed, ARGV[4], due[at])
        taken[#taken + 1] = { endpoint, due[at], due[at + 1], held[1], held[2], held[3] }
      else
        redis.call('ZREM', owed, due[at])
      end
    end
  end
end
return taken
