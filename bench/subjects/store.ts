import { type OnceStore, storageKey } from '@oncekit/once'
import { Redis as RedisPort } from '@oncekit/redis'

// The stores below the engine are no part of what the package exports.
import { RedisOnceStore } from '../../packages/once/src/stores/redis.ts'
import { SqliteOnceStore } from '../../packages/once/src/stores/sqlite.ts'
import { NewFiles } from '../harness/new-files.ts'
import type { Folders, Subject, Work } from '../harness/subject.ts'
import {
  LEASE_MS,
  RESULT_TEXT,
  TTL_MS,
  doneKey,
  doneKeys,
  keyOf,
  resultTextOf,
  scattered,
} from './operation.ts'
import { newToken } from './token.ts'

/** The Redis store without the engine: what is left of the way to the server is the engine's price. */
export async function redisStore(url: string): Promise<Subject> {
  const port = await RedisPort.create({ ...RedisPort.defaultConfig('production'), url })
  const store = new RedisOnceStore(port, { ownsPort: true })
  return {
    begin: (work) => begin(store, work),
    [Symbol.asyncDispose]: () => store.close(),
  }
}

/** The SQLite store without the engine. */
export async function sqliteStore(folders: Folders): Promise<Subject> {
  const files = new NewFiles(folders)
  let store: SqliteOnceStore | undefined
  return {
    begin: async (work) => ({
      async clear() {
        await store?.close()
        const path = await files.next(work)
        store = await SqliteOnceStore.open({ path, storeTimeoutMs: STORE_TIMEOUT_MS })
      },
      act: (n) => store && fresh(store, scattered(n), RESULT_TEXT),
    }),
    async [Symbol.asyncDispose]() {
      await store?.close()
      await files.remove()
    },
  }
}

const STORE_TIMEOUT_MS = 2000
const HOLDER = '{"host":"bench","pid":4242,"service":"bench","ttl":86400000}'

async function begin(store: OnceStore, work: string): Promise<Work> {
  switch (work) {
    case 'fresh':
      return { act: (n) => fresh(store, keyOf(n), resultTextOf(n)) }
    case 'replay': {
      const keys = doneKeys()
      await Promise.all(keys.map((key) => fresh(store, key, RESULT_TEXT)))
      return { act: (n) => claim(store, nameOf(doneKey(keys, n)), newToken(), 'done') }
    }
    default:
      throw new Error(`the store does not know the work ${work}`)
  }
}

async function fresh(store: OnceStore, key: string, body: string): Promise<void> {
  const name = nameOf(key)
  const token = newToken()
  await claim(store, name, token, 'claimed')
  const outcome = { state: 'succeeded', codec: 1, body } as const
  const answer = await store.commit({ key: name, token, outcome, ttlMs: TTL_MS, meta: '' })
  if (answer !== 'committed') throw new Error(`${key} was ${answer}`)
}

async function claim(
  store: OnceStore,
  key: string,
  token: string,
  expected: string,
): Promise<void> {
  const { status } = await store.claim({
    key,
    token,
    fingerprint: '',
    leaseMs: LEASE_MS,
    ttlMs: TTL_MS,
    holder: HOLDER,
    wait: true,
    attemptLimit: 0,
  })
  if (status !== expected) throw new Error(`${key} is ${status}`)
}

function nameOf(key: string): string {
  return storageKey('store', key)
}
