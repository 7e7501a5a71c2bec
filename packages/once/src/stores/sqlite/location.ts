import { realpath, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

import { OnceError } from '../../errors.ts'
import { foreignFileSystem } from './filesystem.ts'

/** What is asked of the file system; a test brings its own. */
export interface FileSystemFacts {
  statfs(path: string): Promise<{ readonly type: number | bigint }>
}

/**
 * The absolute path of the database file, links followed, once it is clear that SQLite may work there.
 *
 * @throws {@link OnceError} `ONCE_INVALID_CONFIG`: no such folder, a folder in the file's place, a network file system.
 */
export async function locate(path: string, facts: FileSystemFacts = { statfs }): Promise<string> {
  if (path === '' || path.startsWith(':memory:') || path.includes('\0')) {
    throw refusal(
      path,
      'expected the path of a file, such as sqlite:./once.db; for records in memory use memory:',
    )
  }
  if (/^(\\\\|\/\/)[^?./\\]/.test(path) && process.platform === 'win32')
    throw networkRefusal(path, 'SMB')
  const given = resolve(path)
  // SQLite puts its -wal beside the file a link points to, so everything looks there.
  const file = await realpath(given).catch(() => undefined)
  if (file === undefined) return locateNew(given, facts)
  if ((await stat(file)).isDirectory()) {
    throw refusal(given, 'it is a folder; expected the path of a file in it, such as once.db')
  }
  await assertLocal(file, dirname(file), facts)
  return file
}

async function locateNew(given: string, facts: FileSystemFacts): Promise<string> {
  const folder = await realpath(dirname(given)).catch((cause: unknown) => {
    throw refusal(
      given,
      `its folder ${dirname(given)} cannot be reached; create it first, or correct the path`,
      cause,
    )
  })
  if (!(await stat(folder)).isDirectory()) {
    throw refusal(given, `${folder} is not a folder; correct the path`)
  }
  await assertLocal(given, folder, facts)
  return join(folder, basename(given))
}

async function assertLocal(path: string, folder: string, facts: FileSystemFacts): Promise<void> {
  const { type } = await facts.statfs(folder)
  // The numbers are Linux's; elsewhere the guard is the boot id kept in the file, see claimHost().
  const name = process.platform === 'linux' ? foreignFileSystem(type) : undefined
  if (name !== undefined) throw networkRefusal(path, name)
}

function networkRefusal(path: string, name: string): OnceError {
  return refusal(
    path,
    `it lies on ${name}, where SQLite cannot keep several processes apart; use a folder on a local disk, ` +
      'or a shared store: redis:// for a fleet of machines',
  )
}

export function refusal(path: string, message: string, cause?: unknown): OnceError {
  return new OnceError('ONCE_INVALID_CONFIG', `store "sqlite:${path}": ${message}`, { cause })
}
