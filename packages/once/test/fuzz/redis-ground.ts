import { Redis } from '@oncekit/redis'
import type { RedisPort } from '@oncekit/redis'
import { startRedis } from '@oncekit/testing'

import { RedisOnceStore } from '../../src/stores/redis.ts'

/** A Redis server of one's own with a store on it, and the way past the store. */
export interface RedisGround extends AsyncDisposable {
  readonly store: RedisOnceStore
  readonly port: RedisPort
  empty(): Promise<void>
}

export async function openRedisGround(): Promise<RedisGround> {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startRedis())
  const port = opened.use(await Redis.create({ ...Redis.defaultConfig('test'), url: server.url }))
  const store = opened.use(new RedisOnceStore(port, { ownsPort: false }))
  const all = opened.move()
  return {
    store,
    port,
    empty: async () => {
      await port.command(['FLUSHALL'])
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}
