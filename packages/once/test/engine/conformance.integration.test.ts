import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Redis } from '@oncekit/redis'
import { inject } from 'vitest'

import { onceConformance } from '../../src/conformance/engine.ts'
import type { ConformanceTraits } from '../../src/conformance/traits.ts'
import { RedisOnceStore } from '../../src/stores/redis.ts'
import { SqliteOnceStore } from '../../src/stores/sqlite.ts'

const shared: ConformanceTraits = { survivesRestart: true }

onceConformance(
  'redis',
  async () => {
    const open = async (): Promise<RedisOnceStore> =>
      new RedisOnceStore(
        await Redis.create({ ...Redis.defaultConfig('test'), url: inject('redisUrl') }),
        {
          ownsPort: true,
        },
      )
    return { store: await open(), another: open }
  },
  { ...shared, shared: 'fleet', durability: 'async' },
)

onceConformance(
  'sqlite',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'oncekit-engine-'))
    const open = (): Promise<SqliteOnceStore> =>
      SqliteOnceStore.open({ path: join(folder, 'once.db'), storeTimeoutMs: 1_000 })
    return {
      store: await open(),
      another: open,
      cleanUp: () => rm(folder, { recursive: true, force: true }),
    }
  },
  { ...shared, shared: 'host', durability: 'disk', fences: 'store' },
)
