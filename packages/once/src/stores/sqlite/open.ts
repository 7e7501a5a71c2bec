import { DatabaseSync } from 'node:sqlite'

import { isOnceError, OnceError } from '../../errors.ts'
import { isBusy, isDenied, isNotADatabase, storeFailure } from './failure.ts'
import type { HostClock } from './host-clock.ts'
import { beginEpoch, currentEpoch } from './host.ts'
import { refusal } from './location.ts'
import { whileBusy } from './retry.ts'
import { ensureSchema, readNumber } from './schema.ts'

export interface OpenDatabase {
  readonly db: DatabaseSync
  /** The boot by whose clock this process writes leases. */
  readonly epoch: number
}

export interface OpenOptions {
  readonly path: string
  readonly timeoutMs: number
  readonly synchronous: 'full' | 'normal'
  readonly clock: HostClock
  readonly signal?: AbortSignal | undefined
}

/** Opens or creates the database and makes sure that its leases can be compared with this process's clock. */
export async function openDatabase(options: OpenOptions): Promise<OpenDatabase> {
  let otherBoot = false
  const attempt = (): OpenDatabase => {
    const db = connect(options)
    try {
      ensureSchema(db, options.path)
      const epoch = adoptEpoch(db, options.clock.bootId)
      if (epoch !== undefined) {
        tune(db, options.synchronous)
        return { db, epoch }
      }
    } catch (error) {
      db.close()
      throw error
    }
    db.close()
    otherBoot = true
    return inNewEpoch(options)
  }
  try {
    return await whileBusy(attempt, options)
  } catch (error) {
    if (otherBoot && isOnceError(error, 'ONCE_STORE_UNAVAILABLE'))
      throw otherBootFailure(options.path, error)
    if (error instanceof Error && 'errcode' in error) throw storeFailure(error, options.path)
    throw error
  }
}

function inNewEpoch(options: OpenOptions): OpenDatabase {
  const { path, clock } = options
  try {
    beginEpoch(path, clock.bootId)
  } catch (error) {
    if (!isBusy(error) || clock.bootId !== undefined) throw error
    // No boot id on this platform, and another process has the file open: it is of this boot, and so is what it wrote.
  }
  const db = connect(options)
  try {
    const epoch =
      clock.bootId === undefined
        ? readNumber(db, 'SELECT epoch FROM host')
        : currentEpoch(db, clock.bootId)
    if (epoch === undefined) throw otherBootFailure(path)
    tune(db, options.synchronous)
    return { db, epoch }
  } catch (error) {
    db.close()
    throw error
  }
}

/** Without a boot id the file has to be asked for alone each time: only so one knows whether old leases can still be live. */
function adoptEpoch(db: DatabaseSync, bootId: string | undefined): number | undefined {
  return bootId === undefined ? undefined : currentEpoch(db, bootId)
}

function connect({ path }: OpenOptions): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: false })
  } catch (error) {
    if (isDenied(error) || isNotADatabase(error)) {
      throw refusal(
        path,
        'it cannot be opened; see that this user may write the file and its folder',
        error,
      )
    }
    throw error
  }
}

function tune(db: DatabaseSync, synchronous: 'full' | 'normal'): void {
  db.exec(`
    PRAGMA synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'};
    PRAGMA cache_size = -8192;
    PRAGMA temp_store = MEMORY;
    PRAGMA journal_size_limit = 67108864;
  `)
  // Elsewhere without effect: on macOS fsync() alone leaves the data in the drive's cache (fsync(2) there).
  if (synchronous === 'full') db.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON')
}

function otherBootFailure(path: string, cause?: unknown): OnceError {
  return new OnceError(
    'ONCE_STORE_UNAVAILABLE',
    `${path} is held open by a process whose boot id is another: on another machine, or in a container with a boot id of its own; ` +
      'clocks of two boots cannot be compared; stop that process first, or use a shared store: redis:// for a fleet of machines',
    { cause },
  )
}
