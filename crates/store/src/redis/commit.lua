#!lua
-- Makes every change if all that they rest on holds, or none. No rule is in here.
-- KEYS: every key that is expected or written, so that a cluster refuses the whole while one of them is on the move.
-- ARGV: one letter for each key (see `sizes`), the last millisecond allowed or '', how many versions are expected, then for
-- each (key's number, version), then the writes: their name, their key's number and what is said of each below.
-- Answers {'ok', seconds, microseconds, {version of each that was expected, …}, offset, …}, {'late', seconds, microseconds},
-- {'conflict', key's number}, {'corrupt', key's number} or {'full', key's number}.
local HOUR, MAX_HOLDERS, MAX_QUEUE = 3600000, 32, 100000
local MAX_WORDS, WORDS_KEPT, MAX_BROUGHT = 10000, 15000, 2048
-- r: record; s: state of the log whose entries are at the next key; e: those; q: queue to add to; a: queue to take from;
-- t: timers; b: bell.
-- How much there is, asked of what nothing else need be known of: an error where it is something else.
local sizes = { t = 'ZCARD', q = 'XLEN', a = 'XLEN' }

-- Looked up once: a commit may ask twenty questions. For the same reason a write has no function of its own below: each would be
-- made anew for every commit.
local KEYS, ARGV, call, pcall, format = KEYS, ARGV, redis.call, redis.pcall, string.format

local time = call('TIME')
-- As text: to write a large number costs as much as to ask Redis something.
local now_us = time[1] .. ('00000' .. time[2]):sub(-6)
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] ~= '' and now > tonumber(ARGV[2]) then return { 'late', time[1], time[2] } end

local function digits(number) return format('%d', number) end

local is_expected, expected_absent, at = {}, {}, 4
for _ = 1, tonumber(ARGV[3]) do
  local i = tonumber(ARGV[at])
  is_expected[i] = ARGV[at + 1] ~= '0'
  if not is_expected[i] then expected_absent[#expected_absent + 1] = KEYS[i] end
  at = at + 2
end

-- What is wrong with an answer: another sort of thing is at the key, or it is no matter of the key.
local function fault(answer, i) return answer.err:find('^WRONGTYPE') and { 'corrupt', i } or answer end

-- Redis takes back nothing that a script has done, so everything that could fail is looked at before the first change. What is
-- asked first is what is probably enough.
local are_absent = #expected_absent > 0 and call('EXISTS', unpack(expected_absent)) == 0
local there, versions, logs, bell = {}, {}, {}, nil
for i, key in ipairs(KEYS) do
  local sort = ARGV[1]:sub(i, i)
  if sort == 'r' then
    local is_absent = is_expected[i] == false and (are_absent or call('EXISTS', key) == 0)
    local version = is_absent and '0' or pcall('HGET', key, 'v')
    if not version and call('EXISTS', key) == 0 then version = '0' end
    if type(version) == 'table' then return fault(version, i) end
    if not tonumber(version) then return { 'corrupt', i } end
    versions[i] = version
  elseif sort == 's' then
    local log = { last = 0, floor = 0, born = now_us, mark = 0, marked_at = now, ends = 0 }
    local state = pcall('HMGET', key, 'last', 'floor', 'born', 'mark', 'marked_at', 'ends')
    if state.err then return fault(state, i) end
    log.is_new = not state[1] and call('EXISTS', key) == 0
    if not log.is_new then
      log.last, log.floor, log.born = tonumber(state[1]), tonumber(state[2]), state[3]
      log.mark, log.marked_at = tonumber(state[4]), tonumber(state[5])
      log.ends = tonumber(state[6]) or 0
      if not (log.last and log.floor and log.born and log.mark and log.marked_at) then return { 'corrupt', i } end
    end
    logs[i] = log
  elseif sort == 'e' then
    local log = logs[i - 1]
    local size = pcall('XLEN', key)
    if type(size) == 'table' then return fault(size, i) end
    there[i] = size > 0
    -- Entries are numbered without a gap: where there are as many as the state knows of, none is newer. Otherwise it is looked at.
    if there[i] and not log.is_new and size ~= log.last - log.floor then
      local newest = call('XREVRANGE', key, '+', '-', 'COUNT', 1)
      if tonumber(newest[1][1]:match('^%d+')) > log.last then return { 'corrupt', i } end
    end
  elseif sort == 'b' then
    local newest = pcall('XREVRANGE', key, '+', '-', 'COUNT', 1)
    if newest.err then return fault(newest, i) end
    bell = { born = now_us, number = -1, mark = '', first = 0, marked_at = 0 }
    if newest[1] then
      local born, number = newest[1][1]:match('^(%d+)-(%d+)$')
      local fields = newest[1][2]
      bell.born, bell.number, bell.mark = born, tonumber(number), fields[3] == 'm' and fields[4] or ''
      local first, marked_at = bell.mark:match('^(%d+) (%d+)$')
      bell.first, bell.marked_at = tonumber(first) or 0, tonumber(marked_at) or 0
    end
  else
    local size = pcall(sizes[sort], key)
    if type(size) == 'table' then return fault(size, i) end
    if sort == 'q' and size >= MAX_QUEUE then return { 'full', i } end
  end
end

at = 4
for _ = 1, tonumber(ARGV[3]) do
  if versions[tonumber(ARGV[at])] ~= ARGV[at + 1] then return { 'conflict', tonumber(ARGV[at]) } end
  at = at + 2
end

-- The time, or one more: no version ever comes again, not even that of a change which a failover undid.
local function next_version(i)
  local version = versions[i]
  -- Of two numbers the longer text is more, and of two that are as long the later one in the alphabet.
  local is_earlier = #version < #now_us or #version == #now_us and version < now_us
  versions[i] = is_earlier and now_us or digits(version + 1)
  return versions[i]
end

-- Called when a holder came: forgets who is long gone, and if there are too many, whose lease ends first.
local function make_room(key)
  local fields, count, first, first_end = call('HGETALL', key), 0, nil, nil
  for n = 1, #fields, 2 do
    local ends = tonumber(fields[n + 1]) or 0
    if fields[n]:sub(1, 2) ~= 'l:' then
      -- Not a lease.
    elseif ends + HOUR < now then
      call('HDEL', key, fields[n])
    else
      count = count + 1
      if not first or ends < first_end then first, first_end = fields[n], ends end
    end
  end
  if count > MAX_HOLDERS then call('HDEL', key, first) end
end

-- For a holder, until; one that is long over would only be forgotten.
local function lease(i, holder, text)
  local key, till = KEYS[i], tonumber(text)
  local held = call('HGET', key, holder)
  if till + HOUR < now or (tonumber(held or 0) or 0) >= till then return end
  local is_new = versions[i] == '0'
  call('HSET', key, 'v', next_version(i), holder, text)
  if is_new then
    call('PEXPIREAT', key, till + HOUR)
  else
    call('PEXPIREAT', key, till + HOUR, 'GT')
  end
  if not held then make_room(key) end
end

local function add(list, ...)
  for n = 1, select('#', ...) do list[#list + 1] = select(n, ...) end
end

local answer = { 'ok', time[1], time[2], {} }
local put = {}

-- Rings. Words are kept as entries of logs are, by a mark of which each word tells: the number of the first word after it, and
-- when it was made. What they bring is as secret as what it is a copy of, and none of it is here for longer than a minute,
-- unless an older release rings in between.
local function ring(key, word, offset, may_wait, brought)
  bell.number = bell.number + 1
  local age = now - bell.marked_at
  -- Also when the clock has been set back.
  local is_old, trim, most = age >= WORDS_KEPT or age < 0, '~', MAX_WORDS
  if is_old then
    -- Nobody has rung since long before, or else somebody has since the mark. An older release rings without any mark, and then
    -- nothing is known to be old.
    local first = bell.marked_at > 0 and age >= 2 * WORDS_KEPT and bell.number or bell.first
    trim, most = '=', bell.born .. '-' .. digits(first)
    bell.first, bell.marked_at = bell.number, now
    bell.mark = digits(bell.first) .. ' ' .. digits(now)
  end
  local fields = { 'w', word, 'm', bell.mark }
  if may_wait then add(fields, 'l', '') end
  -- What is brought begins with the offset.
  if brought then add(fields, 'b', brought) else add(fields, 'o', offset) end
  call('XADD', key, is_old and 'MINID' or 'MAXLEN', trim, most, bell.born .. '-*', unpack(fields))
  if is_old then call('PEXPIRE', key, 2 * WORDS_KEPT) end
end

-- A small entry of this commit with what is attached to it: whoever hears the word need not read the log.
local function brought(log, offset, data, attached, reader, unconsumed)
  if not attached or #data + #attached > MAX_BROUGHT then return nil end
  local head = '%s %d %s %s %s %d %d %d\n'
  head = format(head, offset, log.floor, log.born, time[1], time[2], unconsumed, #reader, #data)
  return head .. reader .. data .. attached
end

-- Forgets readers of a log with nothing left to consume. Called when there is a new mark, so that few are left.
local function forget_readers(key, floor)
  local fields = call('HGETALL', key)
  for n = 1, #fields, 2 do
    local newest = fields[n]:sub(1, 2) == 'u:' and tonumber(fields[n + 1]:match('^%d+ (%d+)'))
    if newest and newest <= floor then call('HDEL', key, fields[n]) end
  end
end

-- Nothing is kept about each entry's age. Instead there is a mark, the newest offset at one instant; when that is long enough
-- ago, all up to it are dropped and there is a new mark. When all of them end is only put off where it is too soon.
--
-- Of what a reader has not consumed, the state has the first offset and the newest: all for it between them is that. The
-- first may have been dropped since.
local function append(i, at, record, reader, attached)
  local log, entries, max_age = logs[i], KEYS[i + 1], tonumber(ARGV[at + 2])
  local is_there = there[i + 1]
  local floor = is_there and log.floor or log.last
  log.last = log.last + 1
  local offset = digits(log.last)
  local is_marked = log.is_new
  if log.is_new then
    call('DEL', entries)
  elseif now - log.marked_at >= max_age then
    floor = math.max(floor, log.mark)
    log.mark, log.marked_at, is_marked = log.last, now, true
  end
  floor = math.max(floor, log.last - ARGV[at + 1])
  local entry = { offset .. '-0', 'd', ARGV[at], 'a', record, 'r', reader }
  local words = reader and 7 or record and 5 or 3
  if floor > log.floor then
    call('XADD', entries, 'MINID', digits(floor + 1) .. '-0', unpack(entry, 1, words))
  else
    call('XADD', entries, unpack(entry, 1, words))
  end
  -- The rest is as it was, most often.
  local state = { 'last', offset }
  if is_marked then add(state, 'mark', digits(log.mark), 'marked_at', digits(log.marked_at)) end
  if log.is_new then add(state, 'born', log.born) end
  if log.is_new or floor ~= log.floor then add(state, 'floor', digits(floor)) end
  local has_unconsumed = false
  if reader then
    local first, newest = (call('HGET', KEYS[i], 'u:' .. reader) or ''):match('^(%d+) (%d+)')
    has_unconsumed = newest ~= nil and tonumber(newest) > floor
    add(state, 'u:' .. reader, (has_unconsumed and first or offset) .. ' ' .. offset)
  end
  -- There is time enough left for this entry too, most often.
  local is_short = not is_there or log.ends - now < max_age
  if is_short then
    log.ends = now + 2 * max_age
    add(state, 'ends', digits(log.ends))
  end
  call('HSET', KEYS[i], unpack(state))
  if is_short then
    call('PEXPIREAT', entries, digits(log.ends))
    call('PEXPIREAT', KEYS[i], digits(log.ends + ARGV[at + 3]))
  end
  if is_marked and not log.is_new then forget_readers(KEYS[i], floor) end
  log.floor, log.is_new, there[i + 1] = floor, false, true
  local number = tonumber(ARGV[at + 4])
  if number then
    local copy = brought(log, offset, ARGV[at], attached, reader or '', has_unconsumed and 1 or 0)
    ring(KEYS[math.abs(number)], ARGV[at + 5], offset, number < 0, copy)
  end
  answer[#answer + 1] = offset
end

while at <= #ARGV do
  local write, i = ARGV[at], tonumber(ARGV[at + 1])
  local key = KEYS[i]
  at = at + 2
  if write == 'put' then
    -- data, references, milliseconds to live or ''
    local is_new = versions[i] == '0'
    put[key] = ARGV[at]
    if is_new and ARGV[at + 1] == '' then
      call('HSET', key, 'v', next_version(i), 'd', ARGV[at])
    else
      call('HSET', key, 'v', next_version(i), 'd', ARGV[at], 'r', ARGV[at + 1])
    end
    if ARGV[at + 2] ~= '' then
      call('PEXPIRE', key, ARGV[at + 2])
    elseif not is_new then
      call('PERSIST', key)
    end
    at = at + 3
  elseif write == 'delete' then
    call('DEL', key)
    versions[i] = '0'
  elseif write == 'expire' then
    -- milliseconds
    call('PEXPIRE', key, ARGV[at], 'LT')
    at = at + 1
  elseif write == 'lease' then
    -- holder, until
    lease(i, 'l:' .. ARGV[at], ARGV[at + 1])
    at = at + 2
  elseif write == 'release' then
    -- holder, when
    local holder = 'l:' .. ARGV[at]
    local held = call('HGET', key, holder)
    if held and (tonumber(held) or 0) > tonumber(ARGV[at + 1]) then
      call('HSET', key, 'v', next_version(i), holder, ARGV[at + 1])
    end
    at = at + 2
  elseif write == 'schedule' then
    -- member, milliseconds
    call('ZADD', key, ARGV[at + 1], ARGV[at])
    at = at + 2
  elseif write == 'unschedule' then
    -- member
    call('ZREM', key, ARGV[at])
    at = at + 1
  elseif write == 'append' then
    -- entry, most entries, milliseconds that entries are kept and for how much longer the state is, bell's number (less than 0:
    -- the word may wait) or '', word
    append(i, at)
    at = at + 6
  elseif write == 'append_with' then
    -- The same, then the name of the record that is attached, that of its reader or '', and the record's number if this commit
    -- has put it, or ''.
    local record, reader = tonumber(ARGV[at + 8]), ARGV[at + 7] ~= '' and ARGV[at + 7] or nil
    append(i, at, ARGV[at + 6], reader, record and put[KEYS[record]])
    at = at + 9
  elseif write == 'enqueue' then
    -- entry
    call('XADD', key, '*', 'd', ARGV[at])
    at = at + 1
  elseif write == 'acknowledge' then
    -- group, entry's id
    call('XACK', key, ARGV[at], ARGV[at + 1])
    call('XDEL', key, ARGV[at + 1])
    at = at + 2
  else
    error('no such write: ' .. write)
  end
end

at = 4
for n = 1, tonumber(ARGV[3]) do
  answer[4][n] = versions[tonumber(ARGV[at])]
  at = at + 2
end
return answer
