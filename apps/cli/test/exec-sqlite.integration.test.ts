import { describe } from 'vitest'

import { openPlace } from './place.ts'
import { sharedStorePromises } from './shared-store-promises.ts'

describe('once exec on a SQLite file', () => {
  sharedStorePromises(() => openPlace())
})
