import type { Step } from '../../machine.ts'
import { RecordUnreadable } from '../../record.ts'
import type { OnceRecord } from '../../record.ts'
import type { Instant } from './records.ts'
import { isLive } from './records.ts'
import type { Snapshot, Transaction } from './access.ts'

/** Something a caller waits for, done in a transaction that it shares with others. */
export interface Task {
  /** What it adds to a transaction, about. */
  readonly bytes: number
  /** By `performance.now()`: when the caller has to be answered. */
  readonly deadlineMs: number
  /** How long the caller was willing to wait. */
  readonly timeoutMs: number
  /** `look`: never needs the write lock. `either`: a look may be enough. `write`: it hardly ever is. */
  readonly need: Need
  /** Answers from a snapshot. False: something has to be written. */
  look(snapshot: Snapshot): boolean
  /** Does its part of a transaction, and tells whether there was something to write. A throw means that it did nothing. */
  work(transaction: Transaction): boolean
  /** What `look` or `work` found is true, and kept: tell the caller. */
  settle(): void
  fail(error: unknown): void
}

/** Where a granted claim gets its fence; asked only then. */
export interface FenceSource {
  readonly fence: number
}

/** In a look nothing is granted. */
const NO_FENCES: FenceSource = { fence: 0 }

export type Need = 'look' | 'either' | 'write'

export interface VerbOptions<Answer> {
  readonly key: string
  readonly name: string
  readonly bytes: number
  readonly timeoutMs: number
  readonly need: Need
  /** Who has to own the run, for a verb of the owner's. */
  readonly owner: string | undefined
  act(record: OnceRecord | undefined, now: Instant, fences: FenceSource): Step<Answer>
  /** The answer when the row cannot be read and is deleted for it. Without: the caller's error, and the row stays. */
  readonly force: Step<Answer> | undefined
}

/** What verbs have in common. */
export interface VerbHost {
  /** After the step was kept. */
  onDone(key: string, step: Step<unknown>): void
  /** What the caller is told instead. */
  onFail(error: unknown, key: string): unknown
}

/** One verb of the state machine for one record. */
export class VerbTask<Answer> implements Task {
  readonly bytes: number
  readonly deadlineMs: number
  readonly timeoutMs: number
  readonly need: Need
  readonly answer: Promise<Answer>
  readonly #host: VerbHost
  readonly #verb: VerbOptions<Answer>
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: unknown) => void
  #step: Step<Answer> | undefined
  /** As far as known. */
  #isAbsent: boolean

  constructor(host: VerbHost, verb: VerbOptions<Answer>) {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.answer = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#host = host
    this.#verb = verb
    this.bytes = verb.bytes
    this.timeoutMs = verb.timeoutMs
    this.deadlineMs = performance.now() + verb.timeoutMs
    this.need = verb.need
    this.#isAbsent = verb.need === 'either'
  }

  look({ records, now }: Snapshot): boolean {
    const row = records.find(this.#verb.name, now)
    this.#isAbsent = row === undefined
    const step = this.#verb.act(row && isLive(row, now) ? row.record : undefined, now, NO_FENCES)
    if (step.write !== undefined) return false
    this.#step = step
    return true
  }

  work(transaction: Transaction): boolean {
    try {
      this.#step =
        this.#insert(transaction) ?? this.#replaceOwn(transaction) ?? this.#update(transaction)
      return this.#step.write !== undefined
    } catch (error) {
      if (this.#verb.force === undefined || !(error instanceof RecordUnreadable)) throw error
      transaction.records.removeNamed(this.#verb.name)
      this.#step = this.#verb.force
      return true
    }
  }

  settle(): void {
    if (this.#step === undefined) return
    this.#resolve(this.#step.answer)
    this.#host.onDone(this.#verb.key, this.#step)
  }

  fail(error: unknown): void {
    this.#reject(this.#host.onFail(error, this.#verb.key))
  }

  /** No row was seen, or none is expected: the insert itself tells, without a look. */
  #insert(transaction: Transaction): Step<Answer> | undefined {
    if (!this.#isAbsent) return undefined
    this.#isAbsent = false
    const step = this.#verb.act(undefined, transaction.now, transaction)
    if (step.write?.kind !== 'put') return undefined
    return transaction.insert(this.#verb.name, step.write) ? step : undefined
  }

  /** The row is expected to be as this process left it: the update itself tells, without a look. */
  #replaceOwn(transaction: Transaction): Step<Answer> | undefined {
    const { name, owner } = this.#verb
    if (owner === undefined) return undefined
    const run = transaction.records.ownRun(name, owner, transaction.now)
    if (run === undefined) return undefined
    const step = this.#verb.act(run.record, transaction.now, transaction)
    if (step.write?.kind !== 'put') return undefined
    return transaction.replaceOwn(run, step.write) ? step : undefined
  }

  #update(transaction: Transaction): Step<Answer> {
    const { name } = this.#verb
    const row = transaction.records.find(name, transaction.now)
    const record = row !== undefined && isLive(row, transaction.now) ? row.record : undefined
    const step = this.#verb.act(record, transaction.now, transaction)
    if (step.write !== undefined) transaction.put(name, row, step.write)
    return step
  }
}

export interface LookOptions<Answer> {
  readonly timeoutMs: number
  look(snapshot: Snapshot): Answer
  onFail(error: unknown): unknown
}

/** A question that is answered by looking. */
export class LookTask<Answer> implements Task {
  readonly bytes = 0
  readonly deadlineMs: number
  readonly timeoutMs: number
  readonly need = 'look'
  readonly answer: Promise<Answer>
  readonly #options: LookOptions<Answer>
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: unknown) => void
  #found: { readonly answer: Answer } | undefined

  constructor(options: LookOptions<Answer>) {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.answer = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#options = options
    this.timeoutMs = options.timeoutMs
    this.deadlineMs = performance.now() + options.timeoutMs
  }

  look(snapshot: Snapshot): boolean {
    this.#found = { answer: this.#options.look(snapshot) }
    return true
  }

  work(): boolean {
    return false
  }

  settle(): void {
    if (this.#found !== undefined) this.#resolve(this.#found.answer)
  }

  fail(error: unknown): void {
    this.#reject(this.#options.onFail(error))
  }
}
