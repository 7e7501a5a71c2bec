import { isOnceError } from '@oncekit/once'
import type { CommitRequest, ExecuteOutcome, MemoryOnceStore, Run } from '@oncekit/once'

/** A value that tells which run made it. */
export interface Made {
  readonly key: string
  readonly fence: number
}

/**
 * What really happened, written down beside the store and the callbacks, and held against the promises while it happens.
 * Watches the store behind all faults.
 */
export class Ledger {
  /** What was broken, in words. */
  readonly violations: string[] = []
  /** Claims of keys whose owner had lost its lease. */
  takeovers = 0
  readonly #granted = new Map<string, Set<number>>()
  readonly #started = new Map<string, Set<number>>()
  /** Claims that an operator took away. */
  readonly #cleared = new Map<string, Set<number>>()
  /** The one outcome of the present generation. */
  readonly #committed = new Map<string, number>()
  /** Outcomes of all generations. */
  readonly #everCommitted = new Map<string, Set<number>>()
  /** Fences by token: a commit tells only the token. */
  readonly #fences = new Map<string, number>()
  /** Whatever permits a further run of a key: a takeover, a release, a clear. */
  readonly #pardons = new Map<string, number>()

  watch(store: MemoryOnceStore, keyOf: (storageKey: string) => string): void {
    const { claim, commit, release, remove } = bound(store)
    store.claim = async (request) => {
      // The memory store acts when it is called: nothing comes between the two.
      const reading = store.read(request.key)
      const answer = await claim(request)
      const before = await reading
      if (answer.status === 'claimed') {
        const key = keyOf(request.key)
        this.#fences.set(request.token, answer.fence)
        of(this.#granted, key).add(answer.fence)
        if (answer.takeover) {
          this.takeovers++
          this.#pardon(key)
        }
        if (
          before !== undefined &&
          before.leaseLeftMs > 0 &&
          before.record.token !== request.token
        ) {
          this.#broken(
            `I1 ${key} was granted while another lease had ${before.leaseLeftMs} ms left`,
          )
        }
      }
      return answer
    }
    store.commit = async (request) => {
      const answer = await commit(request)
      if (answer === 'committed') this.#commits(keyOf(request.key), request)
      return answer
    }
    store.release = async (request) => {
      const key = keyOf(request.key)
      const reading = store.read(request.key)
      const answer = await release(request)
      const before = await reading
      if (answer === 'released' && before?.record.token === request.token) this.#pardon(key)
      return answer
    }
    store.remove = async (storageKey, expect) => {
      const reading = store.read(storageKey)
      const answer = await remove(storageKey, expect)
      const before = await reading
      if (answer === 'removed') {
        if (before !== undefined) of(this.#cleared, keyOf(storageKey)).add(before.record.fence)
        this.#pardon(keyOf(storageKey))
        this.#committed.delete(keyOf(storageKey))
      }
      return answer
    }
  }

  /** To be called first thing in a callback, with the record as it stands at this very moment. */
  starts(key: string, run: Run, record: { fence: number; leaseLeftMs: number } | undefined): void {
    if (!run.protected) return
    const held = record?.fence === run.fence && record.leaseLeftMs > 0
    if (!held && !of(this.#cleared, key).has(run.fence)) {
      this.#broken(
        `I1 a callback of ${key} started without a lease: fence ${run.fence}, store ${JSON.stringify(record)}`,
      )
    }
    const started = of(this.#started, key)
    if (started.has(run.fence))
      this.#broken(`I1 two callbacks of ${key} started on claim ${run.fence}`)
    if (!of(this.#granted, key).has(run.fence))
      this.#broken(`I1 claim ${run.fence} of ${key} was never granted`)
    started.add(run.fence)
  }

  /** To be called when a caller is given a value. */
  gives(key: string, outcome: ExecuteOutcome<Made>): void {
    if (!outcome.protected) return
    const { value } = outcome
    if (value.key !== key) this.#broken(`I2 a caller of ${key} got the value of ${value.key}`)
    if (!of(this.#everCommitted, key).has(value.fence)) {
      this.#broken(
        `I4 a caller of ${key} got the value of run ${value.fence} before it was committed`,
      )
    }
  }

  /** To be called at the end. */
  close(): void {
    for (const [key, started] of this.#started) {
      const allowed = 1 + (this.#pardons.get(key) ?? 0)
      if (started.size > allowed)
        this.#broken(`I5 ${key} ran ${started.size} times, ${allowed} were allowed`)
    }
  }

  /** Whether an error may reach a caller at all. */
  fails(key: string, error: unknown): void {
    if (isOnceError(error) || error instanceof Error) return
    this.#broken(`a caller of ${key} got ${String(error)}, which is no Error`)
  }

  #commits(key: string, request: CommitRequest): void {
    const fence = this.#fences.get(request.token)
    if (fence === undefined)
      return this.#broken(`I3 a commit of ${key} by a token that was never granted`)
    const before = this.#committed.get(key)
    if (before !== undefined && before !== fence) {
      this.#broken(`I2 ${key} has two outcomes in one generation: of ${before} and of ${fence}`)
    }
    this.#committed.set(key, fence)
    of(this.#everCommitted, key).add(fence)
  }

  #pardon(key: string): void {
    this.#pardons.set(key, (this.#pardons.get(key) ?? 0) + 1)
  }

  #broken(what: string): void {
    this.violations.push(what)
  }
}

function bound(
  store: MemoryOnceStore,
): Pick<MemoryOnceStore, 'claim' | 'commit' | 'release' | 'remove'> {
  return {
    claim: store.claim.bind(store),
    commit: store.commit.bind(store),
    release: store.release.bind(store),
    remove: store.remove.bind(store),
  }
}

function of(sets: Map<string, Set<number>>, key: string): Set<number> {
  let found = sets.get(key)
  if (found === undefined) sets.set(key, (found = new Set()))
  return found
}
