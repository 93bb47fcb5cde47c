/**
 * The scripts that run at Redis: each is atomic, and sees one state of a topic.
 *
 * A topic has three keys. `numbers` is a hash: `epoch`; `run`, the server's run in which it was written last; `top`, the
 * last number; `from`, the number after which nothing was dropped; `count` and `bytes` of what is kept. `messages` is a
 * stream whose ids are `<number>-<time>`. `keys` is a hash from idempotency keys to such ids.
 *
 * @module
 */

import { type Script, scriptOf } from "./_script_calls.ts";

/**
 * Reads the state of a topic into local variables, and defines what the scripts share.
 *
 * Messages are gone and numbers are not when `messages` expired, or was evicted: then nothing before `top` is complete.
 * When `numbers` is gone, or was written in another run of the server, which may lack what was confirmed since it last
 * wrote to its disk, the topic begins anew.
 *
 * A deleted message changes `count` and not `from`: it is not missing. Its idempotency key goes on to count; keys of
 * messages that were dropped are removed when there are many.
 */
const HEAD = `
local numbers, messages, keys = KEYS[1], KEYS[2], KEYS[3]
local max_messages, max_age_ms, max_bytes = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local known = redis.call('HMGET', numbers, 'epoch', 'run', 'top', 'from', 'count', 'bytes')
local epoch = known[1]
local top, from = tonumber(known[3] or 0), tonumber(known[4] or 0)
local count, bytes = tonumber(known[5] or 0), tonumber(known[6] or 0)
if not epoch or (known[2] ~= run and ARGV[5] ~= 'durable') then
  redis.call('DEL', numbers, messages, keys)
  epoch = string.format('%s.%x%05x', string.sub(run, 1, 8), time[1], time[2])
  top, from, count, bytes = 0, 0, 0, 0
elseif count > 0 and redis.call('EXISTS', messages) == 0 then
  redis.call('DEL', keys)
  from, count, bytes = top, 0, 0
end

local function parts(id)
  local offset, at = string.match(id, '(%d+)-(%d+)')
  return tonumber(offset), tonumber(at)
end

local function size(envelope)
  return #envelope + 100 -- what it takes besides, about
end

local function save()
  redis.call('HSET', numbers, 'epoch', epoch, 'run', run,
    'top', top, 'from', from, 'count', count, 'bytes', bytes)
  redis.call('PEXPIRE', numbers, ARGV[4])
end

local function prune()
  while count > 0 do
    local rows = redis.call('XRANGE', messages, '-', '+', 'COUNT', count > max_messages and 2 or 1)
    if #rows == 0 then count, bytes = 0, 0 end
    for _, row in ipairs(rows) do
      local offset, at = parts(row[1])
      local is_too_much = count > max_messages or (bytes > max_bytes and count > 1)
      if not is_too_much and now - at <= max_age_ms then return end
      redis.call('XDEL', messages, row[1])
      from, count, bytes = offset, count - 1, bytes - size(row[2][2])
    end
  end
end
`;

/**
 * Numbers, keeps and announces. Arguments: idempotency key or '', channel, envelope. Returns number and epoch.
 *
 * If Redis refuses to announce, the message is removed, and only its number stays used.
 */
export const PUBLISH: Script = script(`
local key, channel, body = ARGV[6], ARGV[7], ARGV[8]
if key ~= '' then
  local id = redis.call('HGET', keys, key)
  if id then
    local offset, at = parts(id)
    if offset > from and now - at <= max_age_ms then return { offset, epoch } end
  end
end
top = top + 1
local id = top .. '-' .. now
redis.call('XADD', messages, id, 'd', body)
local announced = redis.pcall('PUBLISH', channel, top .. ' ' .. epoch .. ' ' .. now .. ' ' .. body)
if type(announced) == 'table' and announced.err then
  if count == 0 then redis.call('DEL', messages) else redis.call('XDEL', messages, id) end
  save()
  return announced
end
count, bytes = count + 1, bytes + size(body)
prune()
save()
redis.call('PEXPIRE', messages, ARGV[2])
if key ~= '' then
  redis.call('HSET', keys, key, id)
  redis.call('PEXPIRE', keys, ARGV[2])
  if redis.call('HLEN', keys) > 2 * max_messages then
    local pairs_of_keys = redis.call('HGETALL', keys)
    for i = 1, #pairs_of_keys, 2 do
      local offset = parts(pairs_of_keys[i + 1])
      if offset <= from then redis.call('HDEL', keys, pairs_of_keys[i]) end
    end
  end
end
return { top, epoch }`);

/** Reads. Argument: the number of the first message, or ''. Returns top, epoch, `from` and the rows. */
export const READ: Script = script(`
prune()
save()
local rows = {}
if ARGV[6] ~= '' and count > 0 then rows = redis.call('XRANGE', messages, ARGV[6], '+') end
return { top, epoch, from, rows }`);

/** Deletes one message. Arguments: epoch and number. Returns whether it was there. */
export const DELETE: Script = script(`
local found = {}
if ARGV[6] == epoch and count > 0 then found = redis.call('XRANGE', messages, ARGV[7], ARGV[7]) end
for _, row in ipairs(found) do
  redis.call('XDEL', messages, row[1])
  count, bytes = count - 1, bytes - size(row[2][2])
end
save()
return #found`);

/** Deletes all messages. */
export const CLEAR: Script = script(`
redis.call('DEL', messages)
count, bytes = 0, 0
save()
return 0`);

function script(body: string): Script {
  return scriptOf(HEAD + body);
}
