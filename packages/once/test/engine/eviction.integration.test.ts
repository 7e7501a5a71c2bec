import { silentLogger } from '@oncekit/core'
import { Once } from '@oncekit/once'
import { startRedis } from '@oncekit/testing'
import { expect, test } from 'vitest'

test.for([
  { policy: 'allkeys-lru', warnings: 1 },
  { policy: 'noeviction', warnings: 0 },
])(
  'a server whose policy is $policy is warned of $warnings times',
  async ({ policy, warnings }) => {
    await using server = await startRedis({ args: ['--maxmemory-policy', policy] })
    const warned: object[] = []
    const logger = { ...silentLogger, warn: (fields: object) => void warned.push(fields) }
    await using once = await Once.create(
      { ...Once.defaultConfig('test'), store: server.url },
      { logger },
    )
    expect(await once.execute('key', () => 1)).toBe(1)
    expect(warned).toHaveLength(warnings)
    for (const fields of warned) expect(JSON.stringify(fields)).toContain('set it to noeviction')
  },
)
