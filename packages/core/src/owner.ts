/**
 * The base of a provider: keeps what was opened and closes it once, newest first.
 *
 * @example
 * ```ts
 * import { Owner } from '@oncekit/core'
 *
 * class Ticker extends Owner {
 *   static async create(): Promise<Ticker> {
 *     await using opened = new AsyncDisposableStack()
 *     opened.adopt(setInterval(() => {}, 1000), clearInterval)
 *     return new Ticker(opened.move()) // reached only when nothing above threw
 *   }
 * }
 * ```
 */
export abstract class Owner implements AsyncDisposable {
  readonly #opened: AsyncDisposableStack
  #closing: Promise<void> | undefined

  constructor(opened: AsyncDisposableStack = new AsyncDisposableStack()) {
    this.#opened = opened
  }

  /** Resolves when everything is closed. Every call waits for the one closing and shares its result. */
  close(): Promise<void> {
    if (this.#closing === undefined) {
      // Assigned before the first hook runs: whoever looks from within already sees `closed`.
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#closing = promise
      resolve(this.#dispose())
    }
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** True from the first call of {@link close} on. */
  protected get closed(): boolean {
    return this.#closing !== undefined
  }

  /** Put here what is opened later than at creation. Refuses once disposed. */
  protected get opened(): AsyncDisposableStack {
    return this.#opened
  }

  /** Runs before anything is closed: drain, abort, say goodbye. Do not await {@link close} in it. */
  protected beforeClose(): Promise<void> {
    return Promise.resolve()
  }

  async #dispose(): Promise<void> {
    // If both fail, the language reports both as one SuppressedError.
    await using _opened = this.#opened
    await this.beforeClose()
  }
}
