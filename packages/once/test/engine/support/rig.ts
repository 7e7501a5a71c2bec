import type { Logger } from '@oncekit/core'
import { MemoryOnceStore, Once, storageKey } from '@oncekit/once'
import type { OnceConfig, OnceHealth } from '@oncekit/once'

import { ManualClock } from '@oncekit/testing'
import { FaultyStore } from './faulty-store.ts'
import { ProcessClock } from './process-clock.ts'

export const LEASE_MS = 3_000
export const STORE_TIMEOUT_MS = 500
export const PREFIX = 'rig'

export interface LogLine {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/** A store that several simulated processes share, and the time of them all. */
export class Rig implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly store: MemoryOnceStore = new MemoryOnceStore({ clock: this.clock })
  readonly #processes: Process[] = []

  /** A process of its own: a provider with a clock and a way to the store that fail on demand. */
  async process(config: Partial<OnceConfig> = {}): Promise<Process> {
    const clock = new ProcessClock(this.clock)
    const faults = new FaultyStore(this.store, clock)
    const logs: LogLine[] = []
    const once = await Once.create(
      {
        ...Once.defaultConfig('test'),
        prefix: PREFIX,
        lease: LEASE_MS,
        storeTimeout: STORE_TIMEOUT_MS,
        ...config,
      },
      { store: faults, clock, logger: recorder(logs) },
    )
    const process = new Process(once, clock, faults, logs)
    this.#processes.push(process)
    return process
  }

  /** What the store holds, past all faults. */
  async stateOf(key: string): Promise<string> {
    const stored = await this.store.read(storageKey(PREFIX, key))
    return stored?.record.state ?? 'none'
  }

  /** Lets every promise that can go on go on. */
  async settle(): Promise<void> {
    await this.clock.advance(0)
    await this.clock.advance(0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = this.#processes.map(({ once, clock, faults }) => {
      clock.resume()
      faults.letGo()
      faults.heal()
      return once.close()
    })
    // Callbacks that never end are left behind when the patience of close() is over.
    await this.clock.advance(60_000)
    await Promise.all(closing)
  }
}

export class Process {
  readonly once: Once
  readonly clock: ProcessClock
  readonly faults: FaultyStore
  readonly logs: readonly LogLine[]

  constructor(once: Once, clock: ProcessClock, faults: FaultyStore, logs: readonly LogLine[]) {
    this.once = once
    this.clock = clock
    this.faults = faults
    this.logs = logs
  }

  /** As SIGSTOP: no timer fires and nothing arrives, while the world goes on. */
  pause(): void {
    this.clock.pause()
    this.faults.hold()
  }

  resume(): void {
    this.clock.resume()
    this.faults.letGo()
  }

  /** As SIGKILL, for whoever looks from outside: nothing it does reaches the store any more. */
  kill(): void {
    this.faults.failAll('hangs')
    this.clock.pause()
  }

  said(part: string | RegExp): boolean {
    return this.logs.some(({ message }) =>
      typeof part === 'string' ? message.includes(part) : part.test(message),
    )
  }

  async details(): Promise<OnceHealth['details']> {
    return (await this.once.health()).details
  }

  /** How many calls ended so. */
  async ended(label: string): Promise<number> {
    return (await this.details()).operations[label] ?? 0
  }
}

function recorder(lines: LogLine[]): Logger {
  const at =
    (level: string) =>
    (fields: object, message = ''): void => {
      lines.push({ level, fields: { ...fields }, message })
    }
  const logger: Logger = {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: () => logger,
  }
  return logger
}
