import { Owner, parseConfig } from '@oncekit/core'
import type { Component } from '@oncekit/core'

import { defaultOnceConfig, onceSchema } from './config.ts'
import type { OnceConfig } from './config.ts'
import { Caller, abortReason } from './engine/caller.ts'
import type { Chain } from './engine/engine.ts'
import { closedError, removalUnknownError } from './engine/engine-errors.ts'
import { Operations, checkOptions, invalidOption } from './engine/operation.ts'
import { askToRemove } from './engine/removal.ts'
import { StoreEngine } from './engine/store-engine.ts'
import { OnceError, OnceInProgressError } from './errors.ts'
import { parseSuffix, splitStorageKey } from './key.ts'
import { holderOf } from './meta.ts'
import { settingsOf } from './settings.ts'
import type { Settings } from './settings.ts'
import { openStore } from './stores/open-store.ts'
import type { OnceStore } from './store.ts'
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
import { listedView, viewOf } from './view.ts'

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
    const { answer, lost } = await askToRemove(this.#engine.calls, storageKey, expect)
    if (answer !== 'removed' && lost !== undefined) throw removalUnknownError(key, lost)
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
      const removals = await Promise.all(page.map(({ key }) => askToRemove(calls, key, 'idle')))
      for (const { answer, lost } of removals) {
        // It was there when it was listed.
        if (answer === 'removed' || (answer === 'none' && lost !== undefined)) done.cleared++
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
        const view = listedView(parseSuffix(parts.suffix).key, stored)
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
