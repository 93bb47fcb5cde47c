/**
 * The scripts that keep owners at Redis. Each is atomic, and goes by the clock of Redis.
 *
 * There are three keys. `sessions` is a sorted set: when each session ends, in microseconds; 0 if it was ended. `keys` is a
 * hash: the session and the token of each owned key. `state` is a hash: `run`, the server's run in which the others were
 * written; `from`, when keys may be taken; `token`, the last one; `ttl`, the longest time of a session. A set for each
 * session, whose name begins with that of `sessions`, has the keys to remove when it has ended.
 *
 * @module
 */

import { type Script, scriptOf } from "./_script_calls.ts";

/**
 * When `state` is gone, or was written in another run of the server, sessions and keys may lack what was confirmed since
 * Redis last wrote to its disk. Then all sessions end, and keys may be taken when their owners have noticed.
 *
 * A session that another script has seen ended is marked, so that it stays so if the clock is set back.
 */
const HEAD = `
local sessions, keys, state = KEYS[1], KEYS[2], KEYS[3]
local id, key, ttl = ARGV[1], ARGV[2], tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local known = redis.call('HMGET', state, 'run', 'from', 'token', 'ttl')
local from, last, longest = tonumber(known[2] or 0), tonumber(known[3] or 0), tonumber(known[4] or 0)

local function whole(number)
  return string.format('%.0f', number)
end

local function keys_of(session)
  return sessions .. '.' .. session
end

local function is_alive(session)
  local ends_at = redis.call('ZSCORE', sessions, session)
  return ends_at and tonumber(ends_at) > now
end

local function owner()
  local session, token = string.match(redis.call('HGET', keys, key) or '', '^(%S+) (%d+)$')
  return session, token
end

local function mark(session)
  if redis.call('ZSCORE', sessions, session) then redis.call('ZADD', sessions, 0, session) end
end

local function sweep()
  local ended = redis.call('ZRANGEBYSCORE', sessions, '-inf', whole(now), 'LIMIT', 0, 1)[1]
  if not ended then return end
  for _, its in ipairs(redis.call('SPOP', keys_of(ended), 1000)) do
    local session = string.match(redis.call('HGET', keys, its) or '', '^%S+')
    if session == ended then redis.call('HDEL', keys, its) end
  end
  if redis.call('EXISTS', keys_of(ended)) == 0 then redis.call('ZREM', sessions, ended) end
end

if not known[1] or (known[1] ~= run and ARGV[4] ~= 'durable') then
  for _, session in ipairs(redis.call('ZRANGEBYSCORE', sessions, '-inf', '+inf')) do
    redis.call('DEL', keys_of(session))
  end
  redis.call('DEL', sessions, keys)
  longest = math.max(longest, ttl)
  from = now + longest
  redis.call('HSET', state, 'run', run, 'from', whole(from), 'ttl', whole(longest))
end
`;

/** Opens a session. */
export const OPEN: Script = script(`
redis.call('ZADD', sessions, whole(now + ttl), id)
if ttl > longest then redis.call('HSET', state, 'ttl', whole(ttl)) end
return 1`);

/** Extends a session. Returns whether it still exists. Removes keys of others that have ended, a thousand at a time. */
export const RENEW: Script = script(`
local exists = 0
if is_alive(id) then
  exists = 1
  redis.call('ZADD', sessions, whole(now + ttl), id)
end
sweep()
return exists`);

/**
 * Takes a key if it is free. Returns its owner and the token, or how long nobody may take keys, in microseconds; nothing
 * if the session has ended.
 */
export const CLAIM: Script = script(`
if not is_alive(id) then return {} end
if from > now then return { whole(from - now) } end
local session, token = owner()
if session and is_alive(session) then return { session, token } end
if session then mark(session) end
token = whole(math.max(now, last + 1))
redis.call('HSET', keys, key, id .. ' ' .. token)
redis.call('SADD', keys_of(id), key)
redis.call('HSET', state, 'token', token)
return { id, token }`);

/** Returns the owner of a key and the token; nothing if it is free. */
export const OWNER: Script = script(`
local session, token = owner()
if session and is_alive(session) then return { session, token } end
return {}`);

/** Frees a key that a session owns with this token. */
export const RELEASE: Script = script(`
local session, token = owner()
if session == id and token == ARGV[5] then
  redis.call('HDEL', keys, key)
  redis.call('SREM', keys_of(id), key)
end
return 1`);

/** Ends a session. */
export const CLOSE: Script = script(`
mark(id)
sweep()
return 1`);

function script(body: string): Script {
  return scriptOf(HEAD + body);
}
