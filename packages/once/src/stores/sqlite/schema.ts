import type { DatabaseSync } from 'node:sqlite'

import { isDenied, isNotADatabase } from './failure.ts'
import { refusal } from './location.ts'

/** "once" in ASCII: what `file` and every other program can tell the database by. */
const APPLICATION_ID = 0x6f6e_6365
export const SCHEMA_VERSION = 1

/**
 * `records.name` is the escaped prefix, `}`, and the suffix of the storage key, so that one index serves look-ups and scans.
 * A rowid table, because an UPDATE by rowid and appended rows cost half of WITHOUT ROWID at 32 records per transaction.
 * `epoch` is set while the record is executing: the boot whose monotonic clock its lease counts by.
 * The index leaves executing rows out: it is written once per record, at its end.
 * `host` has one row: the boot the file was last used in, and the last fence given out.
 */
const SCHEMA = `
CREATE TABLE records(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  expires_at INTEGER,
  epoch INTEGER,
  record BLOB NOT NULL
) STRICT;
CREATE INDEX records_by_expiry ON records(expires_at) WHERE epoch IS NULL AND expires_at IS NOT NULL;
CREATE TABLE host(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  boot_id TEXT,
  epoch INTEGER NOT NULL,
  last_fence INTEGER NOT NULL
) STRICT;
INSERT INTO host(id, boot_id, epoch, last_fence) VALUES (1, NULL, 0, 0);
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`

/**
 * Makes an empty file ours and leaves ours as it is.
 *
 * @throws {@link OnceError} `ONCE_INVALID_CONFIG` for a file of another program or release, which stays untouched.
 */
export function ensureSchema(db: DatabaseSync, path: string): void {
  try {
    if (identifyAtOnce(db, path) === 'ours') {
      // A copy made by VACUUM INTO or a backup comes without WAL.
      ensureWal(db, path)
      return
    }
    ensureWal(db, path)
    db.exec('BEGIN IMMEDIATE')
    try {
      // Another process may have been first.
      if (identify(db, path) === 'empty') db.exec(SCHEMA)
      db.exec('COMMIT')
    } finally {
      if (db.isTransaction) db.exec('ROLLBACK')
    }
  } catch (error) {
    if (isNotADatabase(error)) {
      throw refusal(
        path,
        'the file is not a SQLite database, and is left as it is; choose another path',
        error,
      )
    }
    if (isDenied(error)) {
      throw refusal(
        path,
        'this user may not open or write it; give it write permission on the file and its folder',
        error,
      )
    }
    throw error
  }
}

/** All of it as it stands at one instant: between two looks another process may fill the file. */
function identifyAtOnce(db: DatabaseSync, path: string): 'ours' | 'empty' {
  db.exec('BEGIN')
  try {
    return identify(db, path)
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK')
  }
}

function identify(db: DatabaseSync, path: string): 'ours' | 'empty' {
  const application = readNumber(db, 'PRAGMA application_id')
  const version = readNumber(db, 'PRAGMA user_version')
  if (application === APPLICATION_ID) {
    if (version === SCHEMA_VERSION) return 'ours'
    throw refusal(
      path,
      `its schema version is ${version}, this release reads ${SCHEMA_VERSION}; ` +
        (version > SCHEMA_VERSION
          ? 'use a newer release, or another path'
          : 'use the release that wrote it, or another path'),
    )
  }
  const tables = readNumber(db, 'SELECT count(*) FROM sqlite_schema')
  if (application === 0 && version === 0 && tables === 0) return 'empty'
  throw refusal(
    path,
    'the database belongs to another program, and is left as it is; choose another path',
  )
}

function ensureWal(db: DatabaseSync, path: string): void {
  const mode = readValue(db, 'PRAGMA journal_mode')
  if (mode === 'wal') return
  const reached = readValue(db, 'PRAGMA journal_mode = WAL')
  if (reached !== 'wal') {
    throw refusal(
      path,
      `its file system cannot share memory between processes (journal mode ${String(reached)}); use a local disk`,
    )
  }
}

export function readValue(db: DatabaseSync, sql: string): unknown {
  const row = db.prepare(sql).get()
  return row === undefined ? undefined : Object.values(row)[0]
}

export function readNumber(db: DatabaseSync, sql: string): number {
  const value = readValue(db, sql)
  if (typeof value !== 'number')
    throw new TypeError(`${sql}: got ${typeof value}, expected a number`)
  return value
}
