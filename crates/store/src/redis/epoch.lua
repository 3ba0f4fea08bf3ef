#!lua flags=allow-oom
-- Gives a tenant a new epoch if the server is not the one that the last was given by: it was restarted, or is another one.
-- Even out of memory: a server that takes no changes is still read, and its few bytes were mostly there before.
-- KEYS: the epoch. ARGV: the server's run id, a new epoch. Answers {epoch}.
if redis.call('HGET', KEYS[1], 'run_id') ~= ARGV[1] then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'run_id', ARGV[1])
end
return { redis.call('HGET', KEYS[1], 'epoch') }
