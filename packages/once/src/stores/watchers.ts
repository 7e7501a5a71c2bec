import type { OnceRecord } from '../record.ts'
import type { WatchListener } from '../store.ts'

/** Who wants to hear about which key, in one process. */
export class Watchers {
  readonly #listeners = new Map<string, Set<WatchListener>>()

  /** Gives back how to stop listening. */
  add(key: string, listener: WatchListener): () => void {
    let listeners = this.#listeners.get(key)
    if (listeners === undefined) this.#listeners.set(key, (listeners = new Set()))
    // A function of its own, so that one listener may be added twice.
    const entry: WatchListener = (record) => listener(record)
    listeners.add(entry)
    return () => {
      listeners.delete(entry)
      if (listeners.size === 0 && this.#listeners.get(key) === listeners)
        this.#listeners.delete(key)
    }
  }

  get size(): number {
    return this.#listeners.size
  }

  has(key: string): boolean {
    return this.#listeners.has(key)
  }

  keys(): IterableIterator<string> {
    return this.#listeners.keys()
  }

  wake(key: string, record?: OnceRecord): void {
    const listeners = this.#listeners.get(key)
    if (listeners === undefined) return
    for (const listener of [...listeners]) listener(record)
  }

  clear(): void {
    this.#listeners.clear()
  }
}
