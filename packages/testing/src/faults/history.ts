import { createWriteStream } from 'node:fs'
import type { WriteStream } from 'node:fs'

/** Where everything is written down as it becomes known, one JSON line for each event. */
export class HistoryFile implements AsyncDisposable {
  readonly path: string
  readonly #stream: WriteStream

  constructor(path: string) {
    this.path = path
    this.#stream = createWriteStream(path)
  }

  write(event: object): void {
    this.#stream.write(`${JSON.stringify(event)}\n`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#stream.end(resolve))
  }
}
