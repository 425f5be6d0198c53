#!lua
-- Notes the batch a worker begins (delivery.md, rule 9), and tells what was noted before.
--
-- KEYS  the notes
-- ARGV  stage and worker, the batch ('' takes the note back), how long a note is kept in ms
-- Answers all notes as they were before: stage and worker, then batch and time in ms.
local notes, who, batch, lifetime = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
if not lifetime then
  return redis.error_reply('ERR note.lua: the lifetime is not a number')
end
local flat = redis.call('HGETALL', notes)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #flat, 2 do
  if now - (tonumber(string.match(flat[i + 1], '%d+$')) or 0) > lifetime then
    redis.call('HDEL', notes, flat[i])
  end
end
if batch == '' then
  redis.call('HDEL', notes, who)
else
  redis.call('HSET', notes, who, batch .. string.format(' %.0f', now))
end
redis.call('PEXPIRE', notes, lifetime)
return flat
