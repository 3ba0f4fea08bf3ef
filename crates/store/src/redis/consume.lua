#!lua
-- Shortens the lives of records that a reader of a log has consumed.
-- KEYS: the log's state, its entries. ARGV: what every key begins with, when the log was born, the reader, up to which offset,
-- milliseconds to live.
-- Answers {how many there were}.
-- The state is the last to change: a script that fails halfway, as it does while a slot moves, is only to be called again.
local field = 'u:' .. ARGV[3]
local state = redis.call('HMGET', KEYS[1], 'born', field)
if state[1] ~= ARGV[2] or not state[2] then return { 0 } end
local first, newest = state[2]:match('^(%d+) (%d+)$')
local up_to = math.min(tonumber(ARGV[4]), tonumber(newest))
local count = 0
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], first, string.format('%d', up_to))) do
  -- 'd', data, 'a', name, 'r', reader
  local fields = entry[2]
  if fields[6] == ARGV[3] then
    redis.call('PEXPIRE', ARGV[1] .. fields[4], ARGV[5], 'LT')
    count = count + 1
  end
end
if up_to == tonumber(newest) then
  redis.call('HDEL', KEYS[1], field)
elseif up_to >= tonumber(first) then
  redis.call('HSET', KEYS[1], field, string.format('%d', up_to + 1) .. ' ' .. newest)
end
return { count }
