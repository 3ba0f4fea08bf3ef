#!lua flags=no-writes
-- Tells where the bell is. KEYS: the bell, the epoch. Answers {epoch or '', id of the newest word or '0-0'}.
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
return { redis.call('HGET', KEYS[2], 'epoch') or '', newest and newest[1] or '0-0' }
