#!lua
-- Shortens the lives of records that a reader of a log has consumed.
-- KEYS: the log's state, its entries. ARGV: what every key begins with, when the log was born, the reader, up to which offset,
-- milliseconds to live.
-- Answers {how many there were}.
-- The state is the last to change: a script that fails halfway, as it does while a slot moves, is only to be called again.
local prefix, born, reader, up_to, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), 64
local field = 'u:' .. reader
local state = redis.call('HMGET', KEYS[1], 'born', field, 'last')
if state[1] ~= born or not state[2] then return { 0 } end
-- Where that is not understood, all of the log is looked at.
local first, newest = state[2]:match('^(%d+) (%d+)')
first, newest = first or '-', newest or state[3]

local count, left = 0, nil
repeat
  local entries = redis.call('XRANGE', KEYS[2], first, newest, 'COUNT', most)
  for _, entry in ipairs(entries) do
    -- 'd', data, 'a', name, 'r', reader
    local id, fields = entry[1], entry[2]
    first = '(' .. id
    if fields[6] == reader then
      local offset = id:match('^%d+')
      if tonumber(offset) > up_to then
        left = offset
        break
      end
      redis.call('PEXPIRE', prefix .. fields[4], ARGV[5], 'LT')
      count = count + 1
    end
  end
until left or #entries < most

if left then
  redis.call('HSET', KEYS[1], field, left .. ' ' .. newest)
else
  redis.call('HDEL', KEYS[1], field)
end
return { count }
