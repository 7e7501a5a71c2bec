import { OnceError } from '../../errors.ts'

// Primary result codes, sqlite.org/rescode.html.
const PERM = 3
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const AUTH = 23
const NOTADB = 26

/** Somebody else has the lock: the same statement can succeed later. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error)
  return code === BUSY || code === LOCKED
}

export function isNotADatabase(error: unknown): boolean {
  return primaryCode(error) === NOTADB
}

/** The file cannot be opened or written, whatever one does with it. */
export function isDenied(error: unknown): boolean {
  const code = primaryCode(error)
  return code === PERM || code === READONLY || code === CANTOPEN || code === AUTH
}

/** SQLite's error as the caller should see it: what is the matter with the file, and what to do. */
export function storeFailure(error: unknown, path: string): Error {
  // What is not SQLite's is told as it is.
  if (error instanceof Error && !('errcode' in error)) return error
  const code = primaryCode(error)
  if (code === FULL) {
    return new OnceError(
      'ONCE_STORE_FULL',
      `no space is left for ${path}; nothing was changed; free space on its disk or lift the quota`,
      { cause: error },
    )
  }
  return new OnceError('ONCE_STORE_UNAVAILABLE', `${path}: ${describe(code, error)}`, {
    cause: error,
  })
}

/** Nobody got the lock in time. Nothing was changed. */
export function lockedFailure(path: string, waitedMs: number, cause?: unknown): OnceError {
  return new OnceError(
    'ONCE_STORE_UNAVAILABLE',
    `${path} was locked by another process for ${Math.round(waitedMs)} ms; a process that is stopped or debugged inside a ` +
      `transaction, a backup or an open sqlite3 shell may hold it: "fuser ${path}" or "lsof ${path}" names them`,
    { cause },
  )
}

export function closedFailure(): OnceError {
  return new OnceError('ONCE_CLOSED', 'the SQLite store is closed')
}

function describe(code: number | undefined, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  switch (code) {
    case BUSY:
    case LOCKED:
      return `locked by another process (${message})`
    case PERM:
    case READONLY:
    case AUTH:
      return `may not be written (${message}); give this user write permission on the file, its -wal and -shm, and the folder`
    case IOERR:
      return `the disk failed (${message}); it is unknown whether the last step was kept`
    case CORRUPT:
    case NOTADB:
      return `the file is damaged (${message}); stop its processes, check it with "PRAGMA integrity_check", restore a backup`
    case CANTOPEN:
      return `cannot be opened (${message}); see that the folder exists and that this user may write into it`
    default:
      return message
  }
}

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  // Extended codes keep the primary one in their low byte.
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}
