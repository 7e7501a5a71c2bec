import { randomUUID } from 'node:crypto'

import { describe, inject } from 'vitest'

import { openPlace } from './place.ts'
import { sharedStorePromises } from './shared-store-promises.ts'

describe('once exec on Redis', () => {
  sharedStorePromises(() =>
    openPlace({ ONCE_STORE: inject('redisUrl'), ONCE_NAMESPACE: `cli-${randomUUID()}` }),
  )
})
