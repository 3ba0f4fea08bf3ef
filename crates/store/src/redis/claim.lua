#!lua
-- Moves the timers that are due on, so that they are due again if whoever claims them dies.
-- KEYS: the timers. ARGV: how many at most, for how many milliseconds.
-- Answers {seconds, microseconds, first score left or '', member, score, …}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1], 'WITHSCORES')
for i = 1, #due, 2 do redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], due[i]) end
local answer = { time[1], time[2], redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or '' }
for i = 1, #due do answer[#answer + 1] = due[i] end
return answer
