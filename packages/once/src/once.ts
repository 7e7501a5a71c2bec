import { AsyncLocalStorage } from 'node:async_hooks'

import { Owner, parseConfig, silentLogger, sleep, systemClock } from '@oncekit/core'
import type { Clock, Component, Logger } from '@oncekit/core'

import { defaultOnceConfig, onceSchema } from './config.ts'
import type { OnceConfig } from './config.ts'
import { Background } from './engine/background.ts'
import { Caller, abortReason } from './engine/caller.ts'
import type { Chain, Engine } from './engine/engine.ts'
import { closedError } from './engine/engine-errors.ts'
import { FlightTable } from './engine/flight-table.ts'
import { Flight } from './engine/flight.ts'
import { Heartbeat } from './engine/heartbeat.ts'
import { Operations, checkOptions, invalidOption } from './engine/operation.ts'
import { StoreCalls } from './engine/store-calls.ts'
import { Telemetry } from './engine/telemetry.ts'
import { newToken } from './engine/token.ts'
import { OnceError, OnceInProgressError } from './errors.ts'
import { parseSuffix, splitStorageKey } from './key.ts'
import { holderOf, holderWriter } from './meta.ts'
import { settingsOf } from './settings.ts'
import type { Settings } from './settings.ts'
import { openStore } from './stores/open-store.ts'
import type { Durability, OnceStore } from './store.ts'
import type {
  ClearOptions,
  ExecuteOptions,
  ExecuteOutcome,
  ListOptions,
  Once as OnceProvider,
  OnceDeps,
  OnceHealth,
  RecordStatus,
  RecordView,
  Run,
  WrapOptions,
} from './types.ts'
import { viewOf } from './view.ts'

export type Once = OnceProvider

/**
 * Makes a {@link Once}: opens its store, refuses a bad config.
 *
 * @example
 * ```ts
 * await using once = await Once.create({ ...Once.defaultConfig('production'), store: 'redis://127.0.0.1:6379' })
 * const receipt = await once.execute('order:42', (run) => charge({ signal: run.signal }))
 * ```
 */
export const Once: Component<OnceConfig, OnceDeps, Once> = {
  name: 'once',
  schema: onceSchema,
  defaultConfig: defaultOnceConfig,
  async create(config, deps = {}) {
    const parsed = parseConfig(Once, config, { code: 'ONCE_INVALID_CONFIG' })
    const settings = settingsOf(parsed)
    await using opened = new AsyncDisposableStack()
    const store = deps.store ?? opened.use(await openStore(parsed, settings, deps))
    return new StoreOnce(settings, store, deps, opened.move())
  },
}

/** What a call resolves with. */
type Answer = typeof VALUE | typeof OUTCOME | typeof NOTHING
const VALUE = 'value'
const OUTCOME = 'outcome'
const NOTHING = 'nothing'

class StoreOnce extends Owner implements Once {
  readonly #settings: Settings
  readonly #store: OnceStore
  readonly #operations: Operations
  readonly #engine: StoreEngine

  constructor(settings: Settings, store: OnceStore, deps: OnceDeps, opened: AsyncDisposableStack) {
    super(opened)
    this.#settings = settings
    this.#store = store
    this.#operations = new Operations(settings)
    this.#engine = new StoreEngine(settings, store, deps)
  }

  execute<T>(
    key: string,
    callback: (run: Run) => T | Promise<T>,
    options?: ExecuteOptions,
  ): Promise<T> {
    return this.#call(key, callback, options, VALUE) as Promise<T>
  }

  executeOutcome<T>(
    key: string,
    callback: (run: Run) => T | Promise<T>,
    options?: ExecuteOptions,
  ): Promise<ExecuteOutcome<T>> {
    return this.#call(key, callback, options, OUTCOME) as Promise<ExecuteOutcome<T>>
  }

  do(key: string, callback: (run: Run) => unknown, options?: ExecuteOptions): Promise<void> {
    return this.#call(key, callback, options, NOTHING) as Promise<void>
  }

  executeSimple(
    key: string,
    callback: (run: Run) => unknown,
    options?: ExecuteOptions,
  ): Promise<void> {
    return this.do(key, callback, options)
  }

  wrap<Args extends readonly unknown[], T>(
    fn: (...args: Args) => T | Promise<T>,
    options: WrapOptions<Args>,
  ): (...args: Args) => Promise<T> {
    checkOptions(options, 'wrap')
    const { key, payload, ...rest } = options ?? {}
    if (typeof fn !== 'function') throw invalidOption('fn', fn, 'a function', 'wrap')
    if (typeof key !== 'function') throw invalidOption('key', key, 'a function', 'wrap')
    if (payload !== undefined && typeof payload !== 'function') {
      throw invalidOption('payload', payload, 'a function', 'wrap')
    }
    return async (...args) =>
      this.execute(key(...args), () => fn(...args), {
        ...rest,
        ...(payload === undefined ? {} : { payload: payload(...args) }),
      })
  }

  async get(key: string): Promise<RecordView | undefined> {
    const storageKey = this.#storageKey(key)
    return viewOf(key, await this.#engine.calls.ask(() => this.#store.read(storageKey)))
  }

  async check(key: string): Promise<boolean> {
    const record = await this.#read(key)
    return record?.record.state === 'succeeded' || record?.record.state === 'failed'
  }

  async exists(key: string): Promise<boolean> {
    const record = await this.#read(key)
    return record !== undefined && record.record.state !== 'released'
  }

  async clear(key: string, options: ClearOptions = {}): Promise<boolean> {
    const storageKey = this.#storageKey(key)
    checkOptions(options, key)
    const expect = options.force === true ? undefined : 'idle'
    const answer = await this.#engine.calls.ask(() => this.#store.remove(storageKey, expect))
    switch (answer) {
      case 'removed':
        return true
      case 'none':
        return false
      case 'indeterminate':
        throw new OnceError(
          'ONCE_INDETERMINATE',
          `nobody knows whether the effect of "${key}" happened; find out, then clear it by force`,
          { key },
        )
      default: {
        const stored = await this.#read(key)
        throw new OnceInProgressError(
          key,
          Math.max(1, stored?.leaseLeftMs ?? 1),
          stored === undefined ? {} : holderOf(stored.record),
        )
      }
    }
  }

  delete(key: string, options?: ClearOptions): Promise<boolean> {
    return this.clear(key, options)
  }

  async clearByPrefix(
    prefix: string,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<{ cleared: number; skippedExecuting: number }> {
    const { calls } = this.#engine
    checkOptions(options, 'clearByPrefix')
    const done = { cleared: 0, skippedExecuting: 0 }
    for await (const page of this.#pages({ ...options, prefix })) {
      // One tick, so that they travel together.
      const answers = await Promise.all(
        page.map(({ key }) => calls.ask(() => this.#store.remove(key, 'idle'))),
      )
      for (const answer of answers) {
        if (answer === 'removed') done.cleared++
        else if (answer !== 'none') done.skippedExecuting++
      }
    }
    return done
  }

  async *list(options: ListOptions = {}): AsyncIterableIterator<RecordView> {
    for await (const page of this.#pages(options)) {
      for (const stored of page) {
        const parts = splitStorageKey(stored.key)
        if (parts === undefined) continue
        const view = viewOf(parseSuffix(parts.suffix).key, stored)
        if (view !== undefined) yield view
      }
    }
  }

  async health(): Promise<OnceHealth> {
    if (this.closed) throw closedError()
    const store = await this.#engine.calls
      .ask(() => this.#store.health())
      .catch((error: unknown) => ({
        status: 'unhealthy' as const,
        details: { error: error instanceof Error ? error.message : String(error) },
      }))
    return {
      status: store.status,
      details: {
        store: store.details,
        address: this.#store.address,
        executing: this.#engine.heartbeat.size,
        operations: { ...this.#engine.telemetry.counts.operations },
        executions: this.#engine.telemetry.counts.executions,
      },
    }
  }

  protected override beforeClose(): Promise<void> {
    return this.#engine.drain()
  }

  #call(
    key: string,
    callback: (run: Run) => unknown,
    options: ExecuteOptions | undefined,
    answer: Answer,
  ): Promise<unknown> {
    const engine = this.#engine
    const { telemetry } = engine
    try {
      if (this.closed) throw closedError()
      const operation = this.#operations.capture(key, callback, options, answer === NOTHING)
      const caller = new Caller(operation, answer === OUTCOME, telemetry.startSpan(key), engine)
      if (operation.signal?.aborted === true) {
        caller.fail('aborted', abortReason(operation.signal))
        return caller.promise
      }
      const chain = engine.chain.getStore()
      if (chain !== undefined && isWithin(chain, operation.storageKey)) {
        caller.fail('rejected', reentrant(key))
        return caller.promise
      }
      engine.board(caller)
      return caller.promise
    } catch (error) {
      telemetry.count('rejected', 0)
      return Promise.reject(error)
    }
  }

  async #read(key: string) {
    const storageKey = this.#storageKey(key)
    return this.#engine.calls.ask(() => this.#store.read(storageKey))
  }

  #storageKey(key: string): string {
    if (this.closed) throw closedError()
    return this.#operations.storageKey(key)
  }

  async *#pages(options: ListOptions) {
    if (this.closed) throw closedError()
    checkOptions(options, 'list')
    const { calls } = this.#engine
    const { signal, states } = options
    for (const state of states ?? []) {
      if (!RECORD_STATUSES.includes(state)) {
        throw invalidOption('states', state, RECORD_STATUSES.join(', '), 'list')
      }
    }
    // An absent prefix is every key; one that is given, even as undefined, has to be text.
    const suffixPrefix = this.#operations.suffixPrefix('prefix' in options ? options.prefix : '')
    let cursor: string | null | undefined
    while (cursor !== null) {
      signal?.throwIfAborted()
      const from: string | undefined = cursor
      const page = await calls.ask(() =>
        this.#store.scan({
          prefix: this.#settings.prefix,
          suffixPrefix,
          ...(from === undefined ? {} : { cursor: from }),
          ...(states === undefined ? {} : { states }),
        }),
      )
      yield page.entries
      cursor = page.cursor
    }
  }
}

/** Everything the flights of one provider share, and how it comes to rest. */
class StoreEngine implements Engine {
  readonly settings: Settings
  readonly calls: StoreCalls
  readonly clock: Clock
  readonly logger: Logger
  readonly telemetry: Telemetry
  readonly heartbeat: Heartbeat
  readonly durability: Durability
  readonly chain = new AsyncLocalStorage<Chain>()
  readonly flights = new FlightTable()
  readonly strays = new Set<Flight>()
  readonly background = new Background()
  readonly holder: Engine['holder']
  readonly newToken = newToken
  readonly #closing = new AbortController()
  readonly #drained = new AbortController()

  constructor(
    settings: Settings,
    store: OnceStore,
    { clock = systemClock, logger = silentLogger, ...given }: OnceDeps,
  ) {
    // What is injected may have deadlines of its own, or none.
    const bounded = given.store === undefined && given.redis === undefined
    this.settings = settings
    this.clock = clock
    this.logger = logger
    this.calls = new StoreCalls(store, settings.storeTimeoutMs, clock, bounded)
    this.telemetry = new Telemetry(logger, settings.serviceName)
    this.heartbeat = new Heartbeat(clock)
    this.durability = store.traits.durability
    this.holder = holderWriter(settings.serviceName)
  }

  get closing(): AbortSignal {
    return this.#closing.signal
  }

  get drained(): AbortSignal {
    return this.#drained.signal
  }

  board(caller: Caller): void {
    const { operation } = caller
    // Injective: a storage key begins with a brace, a fingerprint is hex of a fixed length.
    const flightKey =
      operation.fingerprint === ''
        ? operation.storageKey
        : operation.fingerprint + operation.storageKey
    const underway = this.flights.find(operation.hash, flightKey)
    if (underway === undefined) {
      Flight.launch(this, flightKey, caller)
      return
    }
    // Its callback may have to run later, when the code of another call is at work.
    caller.context ??= AsyncLocalStorage.snapshot()
    underway.join(caller)
  }

  /** No new claims; what runs is told, and waited for; what is left then is left to its lease. */
  async drain(): Promise<void> {
    const { drainTimeoutMs } = this.settings
    this.#closing.abort(closedError())
    for (const flight of this.#underway()) flight.abort(closedError())
    const patience = new AbortController()
    await Promise.race([
      this.#rest(),
      sleep(drainTimeoutMs, { clock: this.clock, signal: patience.signal }).catch(() => undefined),
    ])
    patience.abort()
    this.#drained.abort(closedError())
    for (const flight of this.#underway()) {
      flight.abandon(
        new OnceError(
          'ONCE_CLOSED',
          `closed while a callback was still running after ${drainTimeoutMs} ms (drainTimeout); its lease will lapse`,
        ),
      )
    }
    this.heartbeat.stop()
    this.calls.close()
    this.telemetry.close()
  }

  /** Resolves when nothing is under way: what ends may leave a claim behind that has to be given back. */
  async #rest(): Promise<void> {
    for (;;) {
      const work = [...this.#underway().map(({ landed }) => landed), ...this.background.all()]
      if (work.length === 0) return
      await Promise.allSettled(work)
    }
  }

  #underway(): readonly Flight[] {
    return [...this.flights.all(), ...this.strays]
  }
}

const RECORD_STATUSES: readonly RecordStatus[] = [
  'executing',
  'succeeded',
  'failed',
  'indeterminate',
  'exhausted',
  'tombstone',
]

function isWithin(chain: Chain, storageKey: string): boolean {
  for (let link: Chain | undefined = chain; link !== undefined; link = link.parent) {
    if (link.storageKey === storageKey && !link.over) return true
  }
  return false
}

function reentrant(key: string): OnceError {
  return new OnceError(
    'ONCE_REENTRANT',
    `"${key}" was asked for inside its own callback, which would wait for itself for ever; use another key`,
    { key },
  )
}
