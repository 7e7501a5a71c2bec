import { storeDifferential } from '@oncekit/once/conformance'
import { Redis } from '@oncekit/redis'
import { startRedis } from '@oncekit/testing'

import { RedisOnceStore } from '../../src/stores/redis.ts'
import { moveTestClock, withTestExpiry } from './redis-test-expiry.ts'

storeDifferential('Redis', async (time) => {
  const server = await startRedis()
  const config = { ...Redis.defaultConfig('test'), url: server.url }
  const ports = [await Redis.create(config), await Redis.create(config)] as const
  const connections = ports.map(
    (port) => new RedisOnceStore(withTestExpiry(port), { ownsPort: true }),
  )
  return {
    connections,
    timeMoved: () => moveTestClock(ports[0], time.now()),
    cleanUp: () => server.stop(),
  }
})
