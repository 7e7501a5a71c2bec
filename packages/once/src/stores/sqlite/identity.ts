import { statSync } from 'node:fs'

import { OnceError } from '../../errors.ts'

/** How often at most the files are looked at. */
const CHECK_INTERVAL_MS = 100

/**
 * Whether the open files are still those at the path. A file that was removed or replaced lives on for whoever has it open:
 * records written there would be seen by nobody else.
 */
export class FileIdentity {
  readonly #path: string
  readonly #files: ReadonlyMap<string, string>
  #checkedMs = -Infinity
  #failure: OnceError | undefined

  /** Call it when the database is open and was read from, so that all its files exist. */
  constructor(path: string) {
    this.#path = path
    this.#files = new Map(
      ['', '-wal', '-shm'].map((suffix) => [path + suffix, identityOf(path + suffix)]),
    )
  }

  /** Looks at most ten times a second; once something was amiss it stays so. */
  failure(nowMs: number): OnceError | undefined {
    if (this.#failure !== undefined || nowMs - this.#checkedMs < CHECK_INTERVAL_MS)
      return this.#failure
    this.#checkedMs = nowMs
    for (const [file, identity] of this.#files) {
      const found = identityOf(file)
      if (found !== identity) this.#failure ??= this.#describe(file, found)
    }
    return this.#failure
  }

  #describe(file: string, found: string): OnceError {
    return new OnceError(
      'ONCE_STORE_UNAVAILABLE',
      `${file} was ${found === GONE ? 'removed' : 'replaced'} while ${this.#path} was open; records may be lost with it; ` +
        'restore the file or accept the loss, then restart every process that has the store open',
    )
  }
}

const GONE = 'gone'

// By path and without opening: closing any descriptor of the file would drop all of this process's locks on it (fcntl(2)).
function identityOf(file: string): string {
  try {
    const found = statSync(file, { throwIfNoEntry: false })
    return found === undefined ? GONE : `${found.dev}:${found.ino}`
  } catch {
    return 'unreadable'
  }
}
