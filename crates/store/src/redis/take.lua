#!lua
-- Gives a consumer entries that others took too long ago, or else new ones.
-- KEYS: the queue. ARGV: group, consumer, milliseconds that are too long, how many at most.
-- Answers {{id, fields, deliveries}, …}.
local HOUR = 3600000
local queue, group, consumer = KEYS[1], ARGV[1], ARGV[2]
-- Every process that ever took something is remembered as a consumer: whoever is new clears away those that are gone.
if redis.call('XGROUP', 'CREATECONSUMER', queue, group, consumer) == 1 then
  for _, other in ipairs(redis.call('XINFO', 'CONSUMERS', queue, group)) do
    local info = {}
    for i = 1, #other, 2 do info[other[i]] = other[i + 1] end
    if info.name ~= consumer and info.pending == 0 and info.idle > HOUR then
      redis.call('XGROUP', 'DELCONSUMER', queue, group, info.name)
    end
  end
end

local answer = {}
local abandoned = redis.call('XAUTOCLAIM', queue, group, consumer, ARGV[3], '0-0', 'COUNT', ARGV[4])[2]
for _, entry in ipairs(abandoned) do
  local pending = redis.call('XPENDING', queue, group, entry[1], entry[1], 1)[1]
  answer[#answer + 1] = { entry[1], entry[2], pending[4] }
end
if #answer > 0 then return answer end

local new = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', ARGV[4], 'STREAMS', queue, '>')
for _, entry in ipairs(new and new[1][2] or {}) do answer[#answer + 1] = { entry[1], entry[2], 1 } end
return answer
