#!lua
-- Keeps the verdicts of a batch beside its claims, as long as these are the ones they follow from: a server that lost them
-- may have given their number to others since.
--
-- KEYS  what is kept of the batch's articles (claim.lua), its verdicts
-- ARGV  the mark of the call that claimed them, the verdicts packed (store/packing.py), lifetime in ms
-- Answers 1 where they were kept, else 0.
if redis.call('GETRANGE', KEYS[1], -8, -1) ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', tonumber(ARGV[3]))
return 1
