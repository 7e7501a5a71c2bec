import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Fault } from './fault.ts'
import type { Fleet } from './fleet.ts'
import { hostMs } from './host-time.ts'
import type { SqliteSubject } from './sqlite-subject.ts'

const run = promisify(execFile)

/** What can befall a SQLite file in use. */
export function sqliteFaults(sqlite: SqliteSubject, fleet: Fleet): readonly Fault[] {
  const fault = (
    kind: string,
    inject: Fault['inject'],
    loses: Fault['loses'] = 'nothing',
  ): Fault => ({
    ...{ kind, harms: 'store', loses },
    // A stranger that comes before the first process would make the file, and make it another one.
    inject: async (random, begins) => (await isInUse(sqlite.path)) && inject(random, begins),
  })
  return [
    fault('sqlite-locked', async (random, begins) => {
      using stranger = new DatabaseSync(sqlite.path)
      await entered(stranger, 'BEGIN EXCLUSIVE')
      begins()
      await sleep(random.between(100, 2000))
      stranger.exec('ROLLBACK')
      return true
    }),
    fault('sqlite-snapshot-held', async (random, begins) => {
      using _reader = await reading(sqlite.path)
      begins()
      await sleep(random.between(500, 2500))
      return true
    }),
    fault('sqlite-busy-writer', async (random, begins) => {
      using stranger = new DatabaseSync(sqlite.path)
      begins()
      const untilMs = hostMs() + random.between(500, 2500)
      while (hostMs() < untilMs) {
        await entered(stranger, 'BEGIN IMMEDIATE')
        await sleep(random.between(0, 20))
        stranger.exec('ROLLBACK')
        await sleep(random.between(0, 5))
      }
      return true
    }),
    fault('sqlite-log-truncated', async (_random, begins) => {
      using stranger = new DatabaseSync(sqlite.path)
      begins()
      // As a backup tool does it; with others at work it may come to nothing.
      await entered(stranger, 'PRAGMA wal_checkpoint(TRUNCATE)')
      return true
    }),
    ...(sqlite.hasOwnDisk
      ? [
          fault('sqlite-disk-full', async (random, begins) => {
            // While somebody reads, the log cannot begin anew: every write needs more room.
            using _reader = await reading(sqlite.path)
            begins()
            await fill(sqlite.ballast)
            await sleep(random.between(300, 2000))
            await rm(sqlite.ballast)
            return true
          }),
        ]
      : []),
    // Takes no rights: each process may lower its own limit, and its owner may do it from outside.
    fault('sqlite-file-limit', async (random, begins) => {
      using _reader = await reading(sqlite.path)
      const { size } = await stat(`${sqlite.path}-wal`)
      const limited = fleet.members
      begins()
      await limit(
        limited.map(({ pid }) => pid),
        `${size}:`,
      )
      await sleep(random.between(300, 2000))
      await limit(
        limited.map(({ pid }) => pid),
        'unlimited:',
      )
      return true
    }),
    fault(
      'sqlite-file-removed',
      async (_random, begins) => {
        begins()
        for (const suffix of ['', '-wal', '-shm']) await rm(sqlite.path + suffix, { force: true })
        // Long enough for each to notice; then what the error tells an operator to do.
        await sleep(400)
        const old = fleet.members
        for (const member of old) member.resume()
        await Promise.all(old.map((member) => member.kill()))
        return true
      },
      'everything',
    ),
  ]
}

/** Whether processes have opened the file; after its removal that takes them a moment. */
async function isInUse(path: string): Promise<boolean> {
  const untilMs = hostMs() + PATIENCE_MS
  while (!existsSync(`${path}-wal`)) {
    if (hostMs() > untilMs) return false
    await sleep(20)
  }
  return true
}

/** Longer than any pause of a process, which may be in the middle of a transaction. */
const PATIENCE_MS = 10_000

/** A connection in the middle of a read, until it is closed. */
async function reading(path: string): Promise<DatabaseSync> {
  const reader = new DatabaseSync(path)
  await entered(reader, 'BEGIN')
  await entered(reader, 'SELECT count(*) FROM sqlite_schema')
  return reader
}

/** Others come and go: a lock is to be had some time. */
async function entered(stranger: DatabaseSync, statement: string): Promise<void> {
  const untilMs = hostMs() + PATIENCE_MS
  for (;;) {
    try {
      return stranger.exec(statement)
    } catch (error) {
      if (hostMs() > untilMs) throw error
      await sleep(1)
    }
  }
}

async function fill(path: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (let chunk = Buffer.alloc(1 << 20); chunk.length > 0;) {
      try {
        await file.write(chunk)
      } catch {
        // ENOSPC: smaller pieces, until not a byte is left.
        chunk = chunk.subarray(0, chunk.length >> 1)
      }
    }
  } finally {
    await file.close()
  }
}

async function limit(pids: readonly (number | undefined)[], fsize: string): Promise<void> {
  await Promise.all(
    pids.map(async (pid) => {
      if (pid === undefined) return
      // Some may have ended meanwhile.
      await run('prlimit', ['--pid', String(pid), `--fsize=${fsize}`]).catch(() => undefined)
    }),
  )
}
