import { DatabaseSync } from 'node:sqlite'

import { Once } from '@oncekit/once'

import { NewFiles } from '../harness/new-files.ts'
import type { Folders, Subject, Work } from '../harness/subject.ts'
import { RESULT_TEXT, TTL_MS, produce, scattered } from './operation.ts'
import { configFor } from './once.ts'

/** Rows that the store puts into one transaction at most. */
const MAX_BATCH = 256
/** What a storage key begins with. */
const PREFIX = '{bench:042}:'
const HEADER_BYTES = 56
const HOLDER_BYTES = 72

/** The library on a file, a new one for each slice. */
export async function onceOnSqlite(folders: Folders): Promise<Subject> {
  const files = new NewFiles(folders)
  let once: Once | undefined
  return {
    begin: async (work) => ({
      async clear() {
        await once?.close()
        once = await Once.create(configFor(`sqlite:${await files.next(work)}`))
      },
      act: (n) => once?.execute(scattered(n), produce),
    }),
    async [Symbol.asyncDispose]() {
      await once?.close()
      await files.remove()
    },
  }
}

/** A transaction of INSERTs and one of UPDATEs of the same bytes, with as many rows as callers can fill. */
export async function rawSqlite(folders: Folders): Promise<Subject> {
  const files = new NewFiles(folders)
  let db: DatabaseSync | undefined
  return {
    async begin(work, callers): Promise<Work> {
      const batch = Math.min(callers, MAX_BATCH)
      let write = (_keys: readonly string[]): void => {}
      return {
        operations: batch,
        callers: 1,
        async clear() {
          db?.close()
          db = new DatabaseSync(await files.next(work), { timeout: 0 })
          write = writer(db)
        },
        act: (n) =>
          write(Array.from({ length: batch }, (_, i) => PREFIX + scattered(n * batch + i))),
      }
    },
    async [Symbol.asyncDispose]() {
      db?.close()
      await files.remove()
    },
  }
}

function writer(db: DatabaseSync): (keys: readonly string[]) => void {
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE records(key TEXT PRIMARY KEY, value BLOB NOT NULL, expires_at INTEGER) STRICT;
  `)
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const insert = db.prepare('INSERT INTO records VALUES (?, ?, ?)')
  const update = db.prepare('UPDATE records SET value = ?, expires_at = ? WHERE key = ?')
  const claimed = Buffer.alloc(HEADER_BYTES + HOLDER_BYTES)
  const done = Buffer.concat([Buffer.alloc(HEADER_BYTES), Buffer.from(RESULT_TEXT)])
  return (keys) => {
    begin.run()
    for (const key of keys) insert.run(key, claimed, Date.now() + TTL_MS)
    commit.run()
    begin.run()
    for (const key of keys) update.run(done, Date.now() + TTL_MS, key)
    commit.run()
  }
}
