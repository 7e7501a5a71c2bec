import type { Caller } from './caller.ts'

/** The callers of a flight, oldest first. Most flights carry one, which needs no Set. */
export class Crowd {
  #only: Caller | undefined
  #more: Set<Caller> | undefined

  get size(): number {
    if (this.#more !== undefined) return this.#more.size
    return this.#only === undefined ? 0 : 1
  }

  add(caller: Caller): void {
    if (this.#more !== undefined) this.#more.add(caller)
    else if (this.#only === undefined) this.#only = caller
    else {
      this.#more = new Set([this.#only, caller])
      this.#only = undefined
    }
  }

  delete(caller: Caller): void {
    if (this.#only === caller) this.#only = undefined
    this.#more?.delete(caller)
  }

  /** The oldest of whom this holds. */
  find(holds: (caller: Caller) => boolean): Caller | undefined {
    if (this.#only !== undefined) return holds(this.#only) ? this.#only : undefined
    for (const caller of this.#more ?? []) if (holds(caller)) return caller
    return undefined
  }

  /** Everybody at this moment. */
  all(): readonly Caller[] {
    if (this.#only !== undefined) return [this.#only]
    return this.#more === undefined ? [] : [...this.#more]
  }

  clear(): void {
    this.#only = undefined
    this.#more = undefined
  }
}
