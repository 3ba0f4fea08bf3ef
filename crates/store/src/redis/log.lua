#!lua flags=no-writes
-- Gives a part of a log, and what is attached to its entries.
-- KEYS: its state, its entries, the epoch. ARGV: what every key begins with; XRANGE or XREVRANGE, where to begin, where to end,
-- how many at most, behind how many bytes the page ends; for a reader also its name and the offset behind which it reads.
-- Answers {'ok', seconds, microseconds, epoch or '', last, floor, born, 1 if the reader has not consumed all up to that offset,
-- {entry, …}} or {'corrupt', name}. An entry is {id, {'d', data}}, where something is attached with 'a' and what that holds, 'g'
-- if it is gone, or 'e' if it is for somebody else.
local prefix, most_bytes, reader = ARGV[1], tonumber(ARGV[6]), ARGV[7]
local time = redis.call('TIME')
local epoch = redis.call('HGET', KEYS[3], 'epoch') or ''
local state = redis.call('HMGET', KEYS[1], 'last', 'floor', 'born', 'u:' .. (reader or ''))
-- Also where there is no log: then there must be nothing else either.
local entries = redis.call(ARGV[2], KEYS[2], ARGV[3], ARGV[4], 'COUNT', ARGV[5])
if not state[1] then return { 'ok', time[1], time[2], epoch, '0', '0', '0', 0, {} } end
-- The entries go before the state does.
local floor = redis.call('EXISTS', KEYS[2]) == 1 and state[2] or state[1]

-- Asked for none, Redis gives no list.
local page, bytes = {}, 0
for n, entry in ipairs(entries or {}) do
  if bytes >= most_bytes then break end
  -- 'd', data, 'a', name, and if it is for one reader alone 'r', reader
  local fields = entry[2]
  if fields[3] == 'a' then
    if reader and fields[6] and fields[6] ~= reader then
      entry[2] = { 'd', fields[2], 'e', '' }
    else
      local data = redis.pcall('HGET', prefix .. fields[4], 'd')
      if type(data) == 'table' then return data.err:find('^WRONGTYPE') and { 'corrupt', fields[4] } or data end
      entry[2] = { 'd', fields[2], data and 'a' or 'g', data or '' }
    end
  end
  bytes = bytes + #entry[2][2] + #(entry[2][4] or '')
  page[n] = entry
end

-- Whether any entry up to an offset is for the reader.
local function has_any(till)
  local from, most = '-', 16
  repeat
    local some = redis.call('XRANGE', KEYS[2], from, till, 'COUNT', most)
    for _, entry in ipairs(some) do
      if entry[2][6] == reader then return true end
      from = '(' .. entry[1]
    end
  until #some < most
  return false
end

local has_unconsumed = false
if reader and state[4] then
  -- The first is for the reader, and so is the newest: where one of them is still there and up to the offset, that says all.
  local first, newest = state[4]:match('^(%d+) (%d+)')
  first, newest = tonumber(first), tonumber(newest)
  local gone, after = tonumber(floor), tonumber(ARGV[8])
  -- Where that is not understood, to consume mends it.
  has_unconsumed = not newest
    or newest > gone and first <= after and (first > gone or newest <= after or has_any(ARGV[8]))
end
return { 'ok', time[1], time[2], epoch, state[1], floor, state[3], has_unconsumed and 1 or 0, page }
