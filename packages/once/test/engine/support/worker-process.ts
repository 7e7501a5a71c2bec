import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once as event } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { ExecuteOutcome, OnceConfig } from '@oncekit/once'

/** What a worker is told: call `execute` so many times at once. */
export interface Order {
  readonly id: number
  readonly key: string
  readonly callers: number
  readonly runsMs: number
  readonly payload?: unknown
}

export interface WorkerValue {
  readonly by: number
  readonly at: Date
  readonly big: bigint
  readonly map: ReadonlyMap<string, Uint8Array>
}

export interface Report {
  readonly id: number
  readonly outcomes: readonly {
    readonly outcome?: ExecuteOutcome<WorkerValue>
    readonly code?: string
  }[]
}

/** A line a callback left in the ledger file when it began, or when it was told to stop. */
export interface LedgerLine {
  readonly key: string
  readonly pid: number
  readonly attempt: number
  readonly fence: number
  readonly aborted?: true
}

/** A real process with a provider, to use, to freeze and to kill. */
export class WorkerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (report: Report) => void>()
  #orders = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (report: Report) => {
      this.#waiting.get(report.id)?.(report)
      this.#waiting.delete(report.id)
    })
  }

  static async start(config: OnceConfig, ledger: string): Promise<WorkerProcess> {
    const child = fork(
      join(import.meta.dirname, 'worker.ts'),
      [JSON.stringify({ config, ledger })],
      {
        execArgv: ['--conditions=@oncekit/source'],
        // Maps, Dates and bigints as they are.
        serialization: 'advanced',
      },
    )
    const worker = new WorkerProcess(child)
    const failed = event(child, 'exit').then(() => {
      throw new Error('the worker ended before it was ready')
    })
    await Promise.race([worker.#report(0), failed])
    failed.catch(() => undefined)
    return worker
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('the worker did not start')
    return pid
  }

  execute(
    key: string,
    options: { callers?: number; runsMs?: number; payload?: unknown } = {},
  ): Promise<Report['outcomes']> {
    const id = ++this.#orders
    const order: Order = {
      id,
      key,
      callers: options.callers ?? 1,
      runsMs: options.runsMs ?? 0,
      payload: options.payload,
    }
    const report = this.#report(id)
    this.#child.send(order)
    return report.then(({ outcomes }) => outcomes)
  }

  pause(): void {
    this.#child.kill('SIGSTOP')
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = event(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  #report(id: number): Promise<Report> {
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
    })
  }
}

export function readLedger(file: string): readonly LedgerLine[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LedgerLine)
}
