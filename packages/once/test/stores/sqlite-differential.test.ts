import { storeDifferential } from '@oncekit/once/conformance'

import { SqliteFile } from './sqlite-file.ts'

storeDifferential(
  'SQLite',
  async (time) => {
    const file = await SqliteFile.create()
    const clock = {
      now: () => time.now(),
      monotonic: () => time.monotonic(),
      bootId: 'one boot',
    }
    const options = { clock, synchronous: 'normal' as const }
    return {
      connections: [await file.open(options), await file.open(options)],
      cleanUp: () => file[Symbol.asyncDispose](),
    }
  },
  { fences: 'store' },
)
