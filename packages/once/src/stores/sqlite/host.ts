import { DatabaseSync } from 'node:sqlite'

import { readNumber, readValue } from './schema.ts'

/**
 * The number of the boot that leases count by, when this file was last used in the boot `bootId`; `undefined` when it was not.
 */
export function currentEpoch(db: DatabaseSync, bootId: string): number | undefined {
  if (readValue(db, 'SELECT boot_id FROM host') !== bootId) return undefined
  return readNumber(db, 'SELECT epoch FROM host')
}

/**
 * Begins a new epoch: every lease written before is over.
 *
 * That is safe only when nobody who counts by the old clock is left, so it is done with the file to itself: as long as any other
 * connection is open, SQLite answers SQLITE_BUSY. After a boot nobody can be. In containers with boot ids of their own, or on a file
 * that two machines share after all, the second to come is refused instead of taking live leases for dead ones.
 *
 * Opens and closes a connection of its own, beside which the caller may have none.
 */
export function beginEpoch(path: string, bootId: string | undefined): void {
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    // Before the first read: a WAL connection then takes the whole file rather than shared memory (sqlite.org/wal.html#noshm).
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE')
    // Somebody may have been faster.
    if (bootId === undefined || readValue(db, 'SELECT boot_id FROM host') !== bootId) {
      db.prepare('UPDATE host SET boot_id = ?, epoch = epoch + 1').run(bootId ?? null)
    }
    db.exec('COMMIT')
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK')
    db.close()
  }
}
