#!lua flags=no-writes
-- Gives records, and those that they refer to, as they are now. No rule is in here.
-- KEYS: where to begin. ARGV: what every key begins with; how many records there may be; how far to follow each of KEYS.
-- Answers {'ok', seconds, microseconds, name, {field, value, …}, name, …}, {'corrupt', name} or {'many'}.
local prefix, most = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local answer = { 'ok', time[1], time[2] }
local followed, refs, count, failure = {}, {}, 0, nil

local function fetch(name)
  count = count + 1
  if count > most then
    failure = { 'many' }
    return
  end
  local fields = redis.pcall('HGETALL', prefix .. name)
  if fields.err then
    failure = fields.err:find('^WRONGTYPE') and { 'corrupt', name } or fields
    return
  end
  answer[#answer + 1] = name
  answer[#answer + 1] = fields
  for i = 1, #fields, 2 do
    if fields[i] == 'r' and fields[i + 1] ~= '' then
      local good, list = pcall(cjson.decode, fields[i + 1])
      if not good or type(list) ~= 'table' then
        failure = { 'corrupt', name }
        return
      end
      refs[name] = list
    end
  end
end

local function visit(name, depth)
  local before = followed[name]
  if failure or (before and before >= depth) then return end
  followed[name] = depth
  if not before then fetch(name) end
  if depth > 0 then
    for _, ref in ipairs(refs[name] or {}) do visit(ref, depth - 1) end
  end
end

for i, key in ipairs(KEYS) do visit(key:sub(#prefix + 1), tonumber(ARGV[i + 2])) end
return failure or answer
