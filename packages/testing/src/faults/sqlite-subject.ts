import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A folder for a SQLite file that is there to be harmed. */
export class SqliteSubject implements AsyncDisposable {
  readonly #folder: string
  /** A disk of its own, that can be filled without harm to others. */
  readonly hasOwnDisk: boolean

  private constructor(folder: string, hasOwnDisk: boolean) {
    this.#folder = folder
    this.hasOwnDisk = hasOwnDisk
  }

  /** On a small disk in memory where this user may mount one, which takes root on Linux. */
  static async create(): Promise<SqliteSubject> {
    const folder = await mkdtemp(join(tmpdir(), 'oncekit-faults-'))
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder]).then(
      () => true,
      () => false,
    )
    return new SqliteSubject(folder, mounted)
  }

  get path(): string {
    return join(this.#folder, 'once.db')
  }

  get url(): string {
    return `sqlite:${this.path}`
  }

  /** A file beside it that takes all the room. */
  get ballast(): string {
    return join(this.#folder, 'ballast')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.hasOwnDisk) await run('umount', ['--lazy', this.#folder])
    await rm(this.#folder, { recursive: true, force: true })
  }
}
