#!lua
-- Gives a tenant a new epoch if the server is not the one that the last was given by: it was restarted, or is another one.
-- KEYS: the epoch. ARGV: the server's run id, a new epoch. Answers the epoch.
if redis.call('HGET', KEYS[1], 'run_id') ~= ARGV[1] then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'run_id', ARGV[1])
end
return { redis.call('HGET', KEYS[1], 'epoch') }
