import type { Caller } from './caller.ts'
import type { CallEnd } from './counts.ts'

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

  /** Whose turn it is to run. A caller that ran already and lost its lease may adopt an outcome, but never runs again. */
  nextLead(): Caller | undefined {
    return this.#find(mayRun)
  }

  someoneWaits(): boolean {
    return this.#find(wouldWait) !== undefined
  }

  /** One leaves with an error. */
  fail(caller: Caller, end: CallEnd, error: unknown): void {
    this.delete(caller)
    caller.fail(end, error)
  }

  /** Everybody at this moment. */
  all(): readonly Caller[] {
    if (this.#only !== undefined) return [this.#only]
    return this.#more === undefined ? [] : [...this.#more]
  }

  /** Those that were here in a turn or before it; the others stay. */
  dismissUntil(turn: number): readonly Caller[] {
    if (this.#only !== undefined && this.#only.turn <= turn) return this.dismiss()
    const early = this.all().filter((caller) => caller.turn <= turn)
    for (const caller of early) this.delete(caller)
    return early
  }

  /** Everybody, and nobody is left. */
  dismiss(): readonly Caller[] {
    const callers = this.all()
    this.#only = undefined
    this.#more = undefined
    return callers
  }

  /** The oldest of whom this holds. */
  #find(holds: (caller: Caller) => boolean): Caller | undefined {
    if (this.#only !== undefined) return holds(this.#only) ? this.#only : undefined
    for (const caller of this.#more ?? []) if (holds(caller)) return caller
    return undefined
  }
}

const mayRun = (caller: Caller): boolean => !caller.leaseLost
const wouldWait = (caller: Caller): boolean => caller.operation.onDuplicate === 'wait'
