#!lua
-- Shortens the lives of records that a reader of a log has consumed.
-- KEYS: what it has not consumed, the log's state. ARGV: what every key begins with, when the log was born, up to which
-- offset, milliseconds to live.
-- Answers {how many there were}.
-- The note is the last to go: a script that fails halfway, as it does while a slot moves, is only to be called again.
if redis.call('HGET', KEYS[2], 'born') ~= ARGV[2] then return { 0 } end
local names = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[3], 'BYSCORE')
for _, name in ipairs(names) do redis.call('PEXPIRE', ARGV[1] .. name, ARGV[4], 'LT') end
if #names > 0 then redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3]) end
return { #names }
