import type { Output } from './output.ts'

/** A line on a terminal that tells how long work goes on. Nothing at all when it is no terminal, or the work is quick. */
export class Progress implements AsyncDisposable {
  readonly #output: Output
  readonly #timer: NodeJS.Timeout | undefined
  #shown = false

  /** @param line - What to show, given the seconds that have passed. */
  constructor(output: Output, line: (seconds: number) => string) {
    this.#output = output
    if (!output.isTerminal) return
    const startedAt = performance.now()
    this.#timer = setInterval(() => {
      this.#shown = true
      const seconds = Math.floor((performance.now() - startedAt) / 1000)
      void output.write(`${ERASE}${line(seconds)}`)
    }, INTERVAL_MS)
    this.#timer.unref()
  }

  /** Takes the line away, before something else is written. */
  async hide(): Promise<void> {
    if (!this.#shown) return
    this.#shown = false
    await this.#output.write(ERASE)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.hide()
  }
}

const INTERVAL_MS = 1000
const ERASE = '\r\u001B[2K'
