/** What goes on after its callers were answered, so that closing can wait for it. */
export class Background {
  readonly #work = new Set<Promise<void>>()

  /** Whether there is so much that more would only burden a store that is away. */
  get crowded(): boolean {
    return this.#work.size >= CROWD
  }

  /** @param work - never rejects */
  run(work: Promise<void>): Promise<void> {
    this.#work.add(work)
    return work.finally(() => this.#work.delete(work))
  }

  all(): readonly Promise<void>[] {
    return [...this.#work]
  }
}

const CROWD = 1_000
