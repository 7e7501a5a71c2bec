import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { nameOf } from '../../src/stores/sqlite/name.ts'
import { SqliteOnceStore } from '../../src/stores/sqlite.ts'
import type { SqliteStoreOptions } from '../../src/stores/sqlite.ts'

/** A database file in a folder of its own, gone at the end with all stores opened on it. */
export class SqliteFile implements AsyncDisposable {
  readonly folder: string
  readonly path: string
  readonly #stores: SqliteOnceStore[] = []

  private constructor(folder: string) {
    this.folder = folder
    this.path = join(folder, 'once.db')
  }

  static async create(): Promise<SqliteFile> {
    return new SqliteFile(await mkdtemp(join(tmpdir(), 'oncekit-sqlite-')))
  }

  async open(options: Partial<SqliteStoreOptions> = {}): Promise<SqliteOnceStore> {
    const store = await SqliteOnceStore.open({ path: this.path, storeTimeoutMs: 2000, ...options })
    this.#stores.push(store)
    return store
  }

  /** What another program could do to the file. */
  async tamper<T>(act: (db: DatabaseSync) => T): Promise<T> {
    const db = new DatabaseSync(this.path, { timeout: 1000 })
    try {
      return act(db)
    } finally {
      db.close()
    }
  }

  async plant(key: string, bytes: Buffer): Promise<void> {
    await this.tamper((db) => {
      db.prepare('INSERT OR REPLACE INTO records(name, record) VALUES (?, ?)').run(
        nameOf(key),
        bytes,
      )
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()))
    await rm(this.folder, { recursive: true, force: true })
  }
}
