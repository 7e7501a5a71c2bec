import { storeConformance } from '@oncekit/once/conformance'
import type { ConformanceTraits, OpenStore } from '@oncekit/once/conformance'

import { ManualClock } from '@oncekit/testing'
import type { HostClock, SqliteStoreOptions } from '../../src/stores/sqlite.ts'
import { SqliteFile } from './sqlite-file.ts'

const traits: ConformanceTraits = {
  shared: 'host',
  survivesRestart: true,
  durability: 'disk',
  fences: 'store',
}

storeConformance('sqlite', opening({}), traits)

storeConformance(
  'sqlite, its time injected,',
  async () => {
    const clock = new ManualClock()
    const hostClock: HostClock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      bootId: 'one boot',
    }
    return { ...(await opening({ clock: hostClock })()), advance: (ms) => clock.advance(ms) }
  },
  { ...traits, clock: 'injected' },
)

function opening(options: Partial<SqliteStoreOptions>): OpenStore {
  return async () => {
    const file = await SqliteFile.create()
    return {
      store: await file.open(options),
      another: () => file.open(options),
      plant: (key, bytes) => file.plant(key, bytes),
      cleanUp: () => file[Symbol.asyncDispose](),
    }
  }
}
