#!lua
-- Makes every change if all that they rest on holds, or none. No rule is in here.
-- KEYS: every key that is expected or written, so that a cluster refuses the whole while one of them is on the move.
-- ARGV: one letter for each key (see `sorts`), the last millisecond allowed or '', how many versions are expected, then for
-- each (key's number, version), then the writes: their name, their key's number and what the functions in `writes` take.
-- Answers {'ok', seconds, microseconds, offset, …}, {'late', seconds, microseconds}, {'conflict', key's number},
-- {'corrupt', key's number} or {'full', key's number}.
local HOUR, MAX_HOLDERS, MAX_QUEUE, MAX_WORDS = 3600000, 32, 100000, 10000
-- r: record; s: state of the log whose entries are at the next key; e: those; u: what a reader of a log has not consumed;
-- q: queue to add to; a: queue to take from; t: timers; b: bell.
local sorts = { r = 'hash', s = 'hash', e = 'stream', u = 'zset', q = 'stream', a = 'stream', t = 'zset', b = 'stream' }

local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local now = math.floor(now_us / 1000)
if ARGV[2] ~= '' and now > tonumber(ARGV[2]) then return { 'late', time[1], time[2] } end

local function digits(number) return string.format('%.0f', number) end

-- Redis takes back nothing that a script has done, so everything that could fail is looked at before the first change.
local there, versions, logs, bell_born = {}, {}, {}, nil
for i, key in ipairs(KEYS) do
  local sort = ARGV[1]:sub(i, i)
  local found = redis.call('TYPE', key).ok
  there[i] = found ~= 'none'
  if there[i] and found ~= sorts[sort] then return { 'corrupt', i } end
  if sort == 'r' then
    versions[i] = '0'
    if there[i] then versions[i] = redis.call('HGET', key, 'v') end
    if not tonumber(versions[i]) then return { 'corrupt', i } end
  elseif sort == 's' then
    local log = { last = 0, floor = 0, born = now_us, mark = 0, marked_at = now, is_new = not there[i] }
    if there[i] then
      local state = redis.call('HMGET', key, 'last', 'floor', 'born', 'mark', 'marked_at')
      for n, field in ipairs({ 'last', 'floor', 'born', 'mark', 'marked_at' }) do
        log[field] = tonumber(state[n])
        if not log[field] then return { 'corrupt', i } end
      end
    end
    logs[i] = log
  elseif sort == 'e' then
    local log = logs[i - 1]
    local beyond = redis.pcall('XREVRANGE', key, '+', digits(log.last + 1) .. '-0', 'COUNT', 1)
    if not log.is_new and #beyond > 0 then return { 'corrupt', i } end
  elseif sort == 'q' then
    if redis.call('XLEN', key) >= MAX_QUEUE then return { 'full', i } end
  elseif sort == 'b' then
    local newest = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
    bell_born = newest and newest[1]:match('^%d+') or digits(now_us)
  end
end

local at = 4
for _ = 1, tonumber(ARGV[3]) do
  if versions[tonumber(ARGV[at])] ~= ARGV[at + 1] then return { 'conflict', tonumber(ARGV[at]) } end
  at = at + 2
end

-- The time, or one more: no version ever comes again, not even that of a change which a failover undid.
local function next_version(i)
  versions[i] = digits(math.max(versions[i] + 1, now_us))
  return versions[i]
end

-- Called when a holder came: forgets who is long gone, and if there are too many, whose lease ends first.
local function make_room(key)
  local fields, count, first, first_end = redis.call('HGETALL', key), 0, nil, nil
  for n = 1, #fields, 2 do
    local ends = tonumber(fields[n + 1]) or 0
    if fields[n]:sub(1, 2) ~= 'l:' then
      -- Not a lease.
    elseif ends + HOUR < now then
      redis.call('HDEL', key, fields[n])
    else
      count = count + 1
      if not first or ends < first_end then first, first_end = fields[n], ends end
    end
  end
  if count > MAX_HOLDERS then redis.call('HDEL', key, first) end
end

local answer = { 'ok', time[1], time[2] }
local writes = {}

-- data, references, milliseconds to live or ''
function writes.put(i, at)
  redis.call('HSET', KEYS[i], 'v', next_version(i), 'd', ARGV[at], 'r', ARGV[at + 1])
  if ARGV[at + 2] == '' then
    redis.call('PERSIST', KEYS[i])
  else
    redis.call('PEXPIRE', KEYS[i], ARGV[at + 2])
  end
  return 3
end

function writes.delete(i)
  redis.call('DEL', KEYS[i])
  versions[i] = '0'
  return 0
end

-- milliseconds
function writes.expire(i, at)
  redis.call('PEXPIRE', KEYS[i], ARGV[at], 'LT')
  return 1
end

-- holder, until
function writes.lease(i, at)
  local holder, till = 'l:' .. ARGV[at], tonumber(ARGV[at + 1])
  local held = redis.call('HGET', KEYS[i], holder)
  -- One that is long over would only be forgotten.
  if till + HOUR >= now and (tonumber(held or 0) or 0) < till then
    local is_new = versions[i] == '0'
    redis.call('HSET', KEYS[i], 'v', next_version(i), holder, ARGV[at + 1])
    if is_new then
      redis.call('PEXPIREAT', KEYS[i], till + HOUR)
    else
      redis.call('PEXPIREAT', KEYS[i], till + HOUR, 'GT')
    end
    if not held then make_room(KEYS[i]) end
  end
  return 2
end

-- holder, when
function writes.release(i, at)
  local holder = 'l:' .. ARGV[at]
  local held = redis.call('HGET', KEYS[i], holder)
  if held and (tonumber(held) or 0) > tonumber(ARGV[at + 1]) then
    redis.call('HSET', KEYS[i], 'v', next_version(i), holder, ARGV[at + 1])
  end
  return 2
end

-- member, milliseconds
function writes.schedule(i, at)
  redis.call('ZADD', KEYS[i], ARGV[at + 1], ARGV[at])
  return 2
end

-- member
function writes.unschedule(i, at)
  redis.call('ZREM', KEYS[i], ARGV[at])
  return 1
end

-- Nothing is kept about each entry's age. Instead there is a mark, the newest offset at one instant; when that is long enough
-- ago, all up to it are dropped and there is a new mark.
local function append(i, at, record, unconsumed, reader)
  local log, entries, max_age = logs[i], KEYS[i + 1], tonumber(ARGV[at + 2])
  if log.is_new and there[i + 1] then redis.call('DEL', entries) end
  local floor = there[i + 1] and log.floor or log.last
  log.is_new, there[i + 1] = false, true
  log.last = log.last + 1
  local offset = digits(log.last)
  if not record then
    redis.call('XADD', entries, offset .. '-0', 'd', ARGV[at])
  elseif not unconsumed then
    redis.call('XADD', entries, offset .. '-0', 'd', ARGV[at], 'a', record)
  else
    redis.call('XADD', entries, offset .. '-0', 'd', ARGV[at], 'a', record, 'r', reader)
  end
  if now - log.marked_at >= max_age then
    floor = math.max(floor, log.mark)
    log.mark, log.marked_at = log.last, now
  end
  floor = math.max(floor, log.last - ARGV[at + 1])
  if floor > log.floor then redis.call('XTRIM', entries, 'MINID', digits(floor + 1) .. '-0') end
  log.floor = floor
  redis.call('HSET', KEYS[i], 'last', offset, 'floor', digits(floor), 'born', digits(log.born),
    'mark', digits(log.mark), 'marked_at', digits(log.marked_at))
  redis.call('PEXPIRE', entries, max_age)
  redis.call('PEXPIRE', KEYS[i], ARGV[at + 3])
  if ARGV[at + 4] ~= '' then
    redis.call('XADD', KEYS[tonumber(ARGV[at + 4])], 'MAXLEN', '~', MAX_WORDS, bell_born .. '-*',
      'w', ARGV[at + 5], 'o', offset)
  end
  if unconsumed then
    redis.call('ZREMRANGEBYSCORE', unconsumed, '-inf', digits(floor))
    redis.call('ZADD', unconsumed, offset, record)
    redis.call('PEXPIRE', unconsumed, max_age)
    redis.call('HSET', KEYS[i], 'attached', offset)
  end
  answer[#answer + 1] = offset
end

-- entry, most entries, milliseconds that entries and that the state are kept, bell's number or '', word
function writes.append(i, at)
  append(i, at)
  return 6
end

-- The same, then the name of the record that is attached, and of its reader, or '': the number of what it has not consumed,
-- and its name.
function writes.append_with(i, at)
  append(i, at, ARGV[at + 6], KEYS[tonumber(ARGV[at + 7])], ARGV[at + 8])
  return 9
end

-- entry
function writes.enqueue(i, at)
  redis.call('XADD', KEYS[i], '*', 'd', ARGV[at])
  return 1
end

-- group, entry's id
function writes.acknowledge(i, at)
  redis.call('XACK', KEYS[i], ARGV[at], ARGV[at + 1])
  redis.call('XDEL', KEYS[i], ARGV[at + 1])
  return 2
end

while at <= #ARGV do
  at = at + 2 + writes[ARGV[at]](tonumber(ARGV[at + 1]), at + 2)
end
return answer
