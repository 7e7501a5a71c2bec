/** A callback that runs until the test says how it ends. */
export class Gate<T = string> {
  /** How often it was called. */
  calls = 0
  readonly #waiting: PromiseWithResolvers<T>[] = []
  readonly #arrived: PromiseWithResolvers<void>[] = []

  /** To be called by the callback. */
  readonly pass = (): Promise<T> => {
    this.calls++
    const end = Promise.withResolvers<T>()
    this.#waiting.push(end)
    for (const arrived of this.#arrived.splice(0)) arrived.resolve()
    return end.promise
  }

  /** Resolves once somebody is inside. */
  entered(): Promise<void> {
    if (this.#waiting.length > 0) return Promise.resolve()
    const arrived = Promise.withResolvers<void>()
    this.#arrived.push(arrived)
    return arrived.promise
  }

  open(value: T): void {
    for (const end of this.#waiting.splice(0)) end.resolve(value)
  }

  break(error: unknown): void {
    for (const end of this.#waiting.splice(0)) end.reject(error)
  }
}
