import { defineScript } from '@oncekit/redis'
import type { RedisPort, RedisScript } from '@oncekit/redis'

import { CLOCK_LINE } from '../../src/stores/redis/lua.ts'
import { portRunning } from './port-running.ts'

/**
 * A port whose scripts read the time from `clock:s` and `clock:us`, and note each wake-up in the list `wakes` instead of publishing
 * it. All else of their source is what runs in production.
 */
export function withTestClock(port: RedisPort): RedisPort {
  const changed = new Map<RedisScript, RedisScript>()
  return portRunning(port, (script, keys, args) => {
    let twin = changed.get(script)
    if (twin === undefined) {
      const source = script.source
        .replace(CLOCK_LINE, `local time = redis.call('MGET', 'clock:s', 'clock:us')`)
        .replaceAll(`call('PUBLISH', key, news)`, `call('RPUSH', 'wakes', key, news)`)
      if (/'(TIME|PUBLISH)'/.test(source)) throw new Error(`${script.name}: a line was not found`)
      changed.set(script, (twin = defineScript(script.name, source)))
    }
    return port.run(twin, keys, args)
  })
}
