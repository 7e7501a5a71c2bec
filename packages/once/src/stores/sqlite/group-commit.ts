import { OnceError, StoreOverloadedError } from '../../errors.ts'
import type { Access } from './access.ts'
import { closedFailure, isBusy, lockedFailure } from './failure.ts'
import { lockDelayMs } from './retry.ts'
import type { Task } from './task.ts'

/**
 * Tasks that share one transaction: enough to share the cost of its fsync and of the index pages that names in no order all touch,
 * few enough to hold the thread for a millisecond or so.
 */
const MAX_TASKS = 256
const MAX_BYTES = 256 * 1024
/** After so many claims in a row that had to be written, the next ones are not looked up first. */
const USUALLY_WRITTEN = 64
/** Tasks that may wait; more would only time out. */
const MAX_WAITING = 10_000

export interface GroupCommitOptions {
  readonly path: string
  readonly access: Access
  /** Why nothing may be done any more, if so. */
  check(nowMs: number): OnceError | undefined
}

/**
 * Gathers the tasks of one turn of the event loop and does them together: first whatever can be answered by looking, then the rest in
 * transactions.
 *
 * While another process has the write lock, tasks wait in order and without blocking the thread, until their deadline;
 * looks are answered all the same.
 */
export class GroupCommit {
  readonly #path: string
  readonly #access: Access
  readonly #check: (nowMs: number) => OnceError | undefined
  #looks: Task[] = []
  #writes: Task[] = []
  /** No deadline of those is earlier. What waits for the lock changes places, so that the first need not be. */
  #earliestMs = Infinity
  #isScheduled = false
  #retry: NodeJS.Timeout | undefined
  /** How often the lock was refused since it was last had. */
  #refusals = 0
  /** How many claims in a row had to be written. */
  #written = 0
  #isClosed = false
  readonly #onIdle: (() => void)[] = []

  constructor(options: GroupCommitOptions) {
    this.#path = options.path
    this.#access = options.access
    this.#check = (nowMs) => options.check(nowMs)
  }

  get waiting(): number {
    return this.#looks.length + this.#writes.length
  }

  /** Whether more wait than the next transaction takes, or than can be had now. */
  get isBehind(): boolean {
    return this.waiting > MAX_TASKS || this.#retry !== undefined
  }

  /** Whether another process has kept the lock from this one for a while. */
  get isBlocked(): boolean {
    return this.#refusals > 20
  }

  add(task: Task): void {
    if (this.#isClosed) return task.fail(closedFailure())
    if (this.waiting >= MAX_WAITING) return task.fail(this.#overloaded())
    this.#earliestMs = Math.min(this.#earliestMs, task.deadlineMs)
    ;(this.#looksFirst(task) ? this.#looks : this.#writes).push(task)
    this.#schedule()
  }

  /** Takes no more tasks, and resolves when those it has are answered. */
  close(): Promise<void> {
    this.#isClosed = true
    return new Promise((resolve) => {
      this.#onIdle.push(resolve)
      this.#schedule()
    })
  }

  /** Where nearly all claims are new, looking first would only cost; the lock tells when it is not free, and then they look. */
  #looksFirst({ need }: Task): boolean {
    if (need === 'either') return this.#retry !== undefined || this.#written < USUALLY_WRITTEN
    return need === 'look'
  }

  #note(task: Task, hasWritten: boolean): void {
    if (task.need === 'either') this.#written = hasWritten ? this.#written + 1 : 0
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    // After all input of this turn: what several connections ask for travels together. And input and timers get their turn between two
    // transactions, however fast the callers come again.
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#isScheduled = false
    const nowMs = performance.now()
    const failure = this.#check(nowMs)
    if (failure !== undefined) this.#failAll(failure)
    else {
      this.#dropOverdue(nowMs)
      this.#look()
      if (this.#retry === undefined) this.#write()
    }
    if (this.waiting === 0) for (const resolve of this.#onIdle.splice(0)) resolve()
    else if (this.#retry === undefined) this.#schedule()
  }

  #look(): void {
    if (this.#looks.length === 0) return
    const tasks = this.#looks.splice(0, MAX_TASKS)
    const answered: Task[] = []
    let next = 0
    try {
      this.#access.read(tasks.length === 1 ? 'one' : 'several', (snapshot) => {
        for (; next < tasks.length; next += 1) {
          const task = tasks[next]
          if (task === undefined) continue
          try {
            const isAnswered = task.look(snapshot)
            this.#note(task, !isAnswered)
            if (isAnswered) answered.push(task)
            else this.#writes.push(task)
          } catch (error) {
            if (isBusy(error)) throw error
            task.fail(error)
          }
        }
      })
    } catch (error) {
      // What was seen before stands.
      const unseen = tasks.slice(next)
      if (isBusy(error)) {
        this.#looks.unshift(...unseen)
        this.#waitForLock()
      } else for (const task of unseen) task.fail(error)
    }
    for (const task of answered) task.settle()
  }

  #write(): void {
    if (this.#writes.length === 0) return
    const tasks = this.#takeBatch()
    const done: Task[] = []
    const failed: { readonly task: Task; readonly error: unknown }[] = []
    try {
      this.#access.write((transaction) => {
        for (const task of tasks) {
          try {
            this.#note(task, task.work(transaction))
            done.push(task)
          } catch (error) {
            // A statement that fails undoes itself; only when SQLite gave the transaction up is it everybody's failure.
            if (!transaction.isOpen || isBusy(error)) throw error
            failed.push({ task, error })
          }
        }
      })
    } catch (error) {
      if (isBusy(error)) {
        this.#writes.unshift(...tasks)
        this.#waitForLock()
        this.#lookInstead()
      } else for (const task of tasks) task.fail(error)
      return
    }
    this.#refusals = 0
    for (const { task, error } of failed) task.fail(error)
    for (const task of done) task.settle()
  }

  /** The lock is taken: what a look can answer need not wait for it. */
  #lookInstead(): void {
    if (this.#written < USUALLY_WRITTEN) return
    this.#written = 0
    this.#looks.push(...this.#writes.filter(({ need }) => need === 'either'))
    this.#writes = this.#writes.filter(({ need }) => need !== 'either')
    this.#look()
  }

  #takeBatch(): Task[] {
    let bytes = 0
    let count = 0
    for (const task of this.#writes) {
      bytes += task.bytes
      if (count === MAX_TASKS || (count > 0 && bytes > MAX_BYTES)) break
      count += 1
    }
    return this.#writes.splice(0, count)
  }

  #waitForLock(): void {
    this.#refusals += 1
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined
      this.#flush()
    }, lockDelayMs(this.#refusals))
  }

  #dropOverdue(nowMs: number): void {
    if (this.#earliestMs > nowMs) return
    const overdue: Task[] = []
    this.#earliestMs = Infinity
    const inTime = (task: Task): boolean => {
      if (task.deadlineMs <= nowMs) {
        overdue.push(task)
        return false
      }
      this.#earliestMs = Math.min(this.#earliestMs, task.deadlineMs)
      return true
    }
    this.#looks = this.#looks.filter(inTime)
    this.#writes = this.#writes.filter(inTime)
    for (const task of overdue) task.fail(this.#overdue(task, nowMs))
  }

  #overdue(task: Task, nowMs: number): OnceError {
    if (this.#refusals > 0)
      return lockedFailure(this.#path, task.timeoutMs + nowMs - task.deadlineMs)
    return new OnceError(
      'ONCE_STORE_UNAVAILABLE',
      `${this.#path} did not keep up: ${this.waiting} steps wait for its disk; raise storeTimeout, or spread the load`,
    )
  }

  #overloaded(): OnceError {
    return new StoreOverloadedError(
      `${MAX_WAITING} steps already wait for ${this.#path}; its disk is too slow for this load, or another process holds its lock`,
    )
  }

  #failAll(failure: OnceError): void {
    for (const task of [...this.#looks.splice(0), ...this.#writes.splice(0)]) task.fail(failure)
  }
}
