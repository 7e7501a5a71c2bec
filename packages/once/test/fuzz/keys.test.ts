import { MemoryOnceStore } from '@oncekit/once'

import { SqliteFile } from '../stores/sqlite-file.ts'
import { keyPromises } from './key-promises.ts'

keyPromises(
  'memory',
  () => {
    let store = new MemoryOnceStore({ maxEntries: 100_000 })
    return Promise.resolve({
      get store() {
        return store
      },
      empty: async () => {
        await store.close()
        store = new MemoryOnceStore({ maxEntries: 100_000 })
      },
      [Symbol.asyncDispose]: () => store.close(),
    })
  },
  50,
)

keyPromises(
  'a SQLite file',
  async () => {
    const file = await SqliteFile.create()
    return {
      store: await file.open({ synchronous: 'normal' }),
      empty: () => file.tamper((db) => db.exec('DELETE FROM records')),
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    }
  },
  25,
)
