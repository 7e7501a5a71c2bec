import { defineScript } from '@oncekit/redis'
import type { RedisPort, RedisScript } from '@oncekit/redis'

import { portRunning } from './port-running.ts'
import { withTestClock } from './redis-test-clock.ts'

/**
 * A port in whose scripts expiry, too, goes by the clock of {@link withTestClock}: when a key ends is kept in the sorted set `ends`,
 * not by Redis. {@link moveTestClock} ends it.
 */
export function withTestExpiry(port: RedisPort): RedisPort {
  const clocked = withTestClock(port)
  const changed = new Map<RedisScript, RedisScript>()
  return portRunning(clocked, (script, keys, args) => {
    let twin = changed.get(script)
    if (twin === undefined) {
      const source = script.source.replaceAll('redis.pcall', 'pcallInTestTime')
      if (source === script.source) throw new Error(`${script.name}: a word was not found`)
      changed.set(script, (twin = defineScript(script.name, EXPIRY + source)))
    }
    return clocked.run(twin, keys, args)
  })
}

/** Sets the clock, and deletes what has come to its end. */
export async function moveTestClock(port: RedisPort, nowMs: number): Promise<void> {
  await port.run(moveScript, [], [String(nowMs)])
}

const moveScript: RedisScript = defineScript(
  'move-test-clock',
  `
local nowMs = ARGV[1]
redis.call('MSET', 'clock:s', string.sub(nowMs, 1, -4), 'clock:us', string.sub(nowMs, -3) .. '000')
for _, key in ipairs(redis.call('ZRANGEBYSCORE', 'ends', '-inf', nowMs)) do redis.call('DEL', key) end
redis.call('ZREMRANGEBYSCORE', 'ends', '-inf', nowMs)
redis.call('DEL', 'wakes')
`,
)

/** Redis is asked all the same, so that it refuses what it would. */
const EXPIRY = `
local function pcallInTestTime(name, key, ...)
  local function nowMs()
    local time = redis.call('MGET', 'clock:s', 'clock:us')
    return time[1] * 1000 + math.floor(time[2] / 1000)
  end
  local said = redis.pcall(name, key, ...)
  local failed = type(said) == 'table' and said.err
  if name == 'PTTL' then
    local ends = redis.call('ZSCORE', 'ends', key)
    return ends and ends - nowMs() or said
  end
  if failed or not said then return said end
  local args, ms = {...}, nil
  if name == 'PEXPIRE' then ms = args[1] end
  for i = 2, #args do
    if name == 'SET' and args[i] == 'PX' then ms = args[i + 1] end
  end
  if ms then
    redis.call('ZADD', 'ends', string.format('%.0f', nowMs() + ms), key)
    redis.call('PERSIST', key)
  elseif name == 'SET' or name == 'DEL' or name == 'PERSIST' then
    redis.call('ZREM', 'ends', key)
  end
  return said
end
`
