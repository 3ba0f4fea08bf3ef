#!lua flags=no-writes
-- Gives a part of a log.
-- KEYS: its state, its entries, the epoch. ARGV: XRANGE or XREVRANGE, where to begin, where to end, how many at most.
-- Answers {seconds, microseconds, epoch or '', last, floor, born, {entry, …}}.
local time = redis.call('TIME')
local epoch = redis.call('HGET', KEYS[3], 'epoch') or ''
local state = redis.call('HMGET', KEYS[1], 'last', 'floor', 'born')
-- Also where there is no log: then there must be nothing else either.
local entries = redis.call(ARGV[1], KEYS[2], ARGV[2], ARGV[3], 'COUNT', ARGV[4])
if not state[1] then return { time[1], time[2], epoch, '0', '0', '0', {} } end
-- The entries go before the state does.
local floor = redis.call('EXISTS', KEYS[2]) == 1 and state[2] or state[1]
return { time[1], time[2], epoch, state[1], floor, state[3], entries }
