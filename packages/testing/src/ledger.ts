/** An effect somebody asks for. */
export interface Charge {
  /** What is charged: fences of one resource are compared, those of two are not. */
  readonly resource: string
  /** `run.fence` */
  readonly fence: number
  /** `run.deriveKey('charge')`: the same in every attempt of one operation. */
  readonly key: string
}

/** `refused`: a newer fence was seen. `deduped`: this key has been charged. */
export type ChargeDecision = 'charged' | 'refused' | 'deduped'

/** What a {@link Ledger} was asked and what it did. `attempted` is the sum of the others. */
export interface LedgerCounts {
  readonly attempted: number
  readonly refused: number
  readonly deduped: number
  readonly charged: number
}

/** Settings of {@link Ledger}; what is left out stands guard. */
export interface LedgerOptions {
  /** @defaultValue true */
  readonly refusesOldFences?: boolean
  /** @defaultValue true */
  readonly dedups?: boolean
}

/**
 * A resource that plays its part: it refuses a fence older than the newest it has seen, and charges
 * each derived key once. Keeps all in memory, and decides one charge at a time.
 *
 * @example
 * ```ts
 * import { Ledger } from '@oncekit/testing'
 *
 * const ledger = new Ledger()
 * ledger.charge({ resource: 'order:42', fence: 7, key: 'a' }) // 'charged'
 * ledger.charge({ resource: 'order:42', fence: 8, key: 'a' }) // 'deduped': the next attempt
 * ledger.charge({ resource: 'order:42', fence: 7, key: 'b' }) // 'refused': it was overtaken
 * ```
 */
export class Ledger {
  readonly #refusesOldFences: boolean
  readonly #dedups: boolean
  readonly #resources = new Map<string, { newestFence: number; readonly keys: Set<string> }>()
  readonly #charged = new Set<string>()
  readonly #counts = { attempted: 0, refused: 0, deduped: 0, charged: 0 }

  /** @param options - A guard to take away, to see what it was good for. */
  constructor(options: LedgerOptions = {}) {
    this.#refusesOldFences = options.refusesOldFences ?? true
    this.#dedups = options.dedups ?? true
  }

  get counts(): LedgerCounts {
    return { ...this.#counts }
  }

  /** Decides at once; a repeat of the same fence and key is `deduped`. */
  charge(charge: Charge): ChargeDecision {
    const decision = this.#decide(charge)
    this.#counts.attempted++
    this.#counts[decision]++
    return decision
  }

  /** Forgets a resource and the keys that were charged to it: for those nobody will ask about again. */
  forget(resource: string): void {
    for (const key of this.#resources.get(resource)?.keys ?? []) this.#charged.delete(key)
    this.#resources.delete(resource)
  }

  #decide({ resource, fence, key }: Charge): ChargeDecision {
    let known = this.#resources.get(resource)
    if (known === undefined) {
      known = { newestFence: fence, keys: new Set() }
      this.#resources.set(resource, known)
    }
    if (fence < known.newestFence && this.#refusesOldFences) return 'refused'
    known.newestFence = Math.max(known.newestFence, fence)
    if (this.#charged.has(key) && this.#dedups) return 'deduped'
    this.#charged.add(key)
    known.keys.add(key)
    return 'charged'
  }
}
