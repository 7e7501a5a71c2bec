import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { Folders } from './subject.ts'

/** One file after another, each in a folder of its own that goes when the next one comes. */
export class NewFiles {
  readonly #folders: Folders
  #current: string | undefined

  constructor(folders: Folders) {
    this.#folders = folders
  }

  /** A path with nothing there yet; `where` is `disk` or `memory`. */
  async next(where: string): Promise<string> {
    await this.remove()
    const { disk, memory } = this.#folders
    this.#current = await mkdtemp(join(where === 'memory' ? memory : disk, 'file-'))
    return join(this.#current, 'bench.db')
  }

  async remove(): Promise<void> {
    if (this.#current !== undefined) await rm(this.#current, { recursive: true, force: true })
    this.#current = undefined
  }
}
