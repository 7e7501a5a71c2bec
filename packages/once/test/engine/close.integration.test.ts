import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { Once } from '@oncekit/once'
import { expect, inject, test } from 'vitest'

const run = promisify(execFile)

test.for(['memory', 'redis', 'sqlite'])(
  'I34 a process that closed its provider on %s ends by itself, at once',
  async (kind) => {
    const folder = await mkdtemp(join(tmpdir(), 'oncekit-close-'))
    try {
      const stores: Record<string, string> = {
        memory: 'memory:',
        redis: inject('redisUrl'),
        sqlite: `sqlite:${join(folder, 'once.db')}`,
      }
      const config = { ...Once.defaultConfig('test'), store: stores[kind], drainTimeout: 200 }
      const script = join(import.meta.dirname, 'support/use-and-close.ts')
      const { stdout, stderr } = await run(
        process.execPath,
        ['--conditions=@oncekit/source', script, JSON.stringify(config)],
        { timeout: 20_000 },
      )
      expect(stderr).toBe('')
      const told = JSON.parse(stdout) as { code: string; lingeredMs: number }
      expect(told.code).toBe('ONCE_CLOSED')
      // Less than any timer of ours that might have kept the process: storeTimeout, lease, the polling floor.
      expect(told.lingeredMs).toBeLessThan(500)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)
