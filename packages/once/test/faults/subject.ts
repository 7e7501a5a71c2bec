import {
  RedisSubject,
  SqliteSubject,
  networkFaults,
  redisFaults,
  sqliteFaults,
} from '@oncekit/testing'
import type { Fault, Fleet } from '@oncekit/testing'

export const STORES = ['sqlite', 'redis'] as const

export type StoreName = (typeof STORES)[number]

/** A store of one's own, and what can befall it. */
export interface StoreSubject extends AsyncDisposable {
  readonly url: string
  /** In words, for the report. */
  readonly about: string
  faults(fleet: Fleet): readonly Fault[]
}

export async function openSubject(store: StoreName): Promise<StoreSubject> {
  if (store === 'redis') {
    const redis = await RedisSubject.start()
    return {
      url: redis.url,
      about: 'one Redis server, AOF flushed at every write, behind a TCP proxy',
      faults: () => [...redisFaults(redis), ...networkFaults(redis.proxy)],
      [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
    }
  }
  const sqlite = await SqliteSubject.create()
  return {
    url: sqlite.url,
    about: sqlite.hasOwnDisk
      ? 'a SQLite file on a 64 MB disk of its own, in memory'
      : 'a SQLite file; sqlite-disk-full is left out, since this user may not mount a disk',
    faults: (fleet) => sqliteFaults(sqlite, fleet),
    [Symbol.asyncDispose]: () => sqlite[Symbol.asyncDispose](),
  }
}
