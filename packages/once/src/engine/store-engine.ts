import { AsyncLocalStorage } from 'node:async_hooks'

import { silentLogger, sleep, systemClock } from '@oncekit/core'
import type { Clock, Logger } from '@oncekit/core'

import { OnceError } from '../errors.ts'
import { holderWriter } from '../meta.ts'
import type { Settings } from '../settings.ts'
import type { Durability, OnceStore } from '../store.ts'
import type { OnceDeps } from '../types.ts'
import { Background } from './background.ts'
import type { Caller } from './caller.ts'
import { closedError } from './engine-errors.ts'
import type { Chain, Engine } from './engine.ts'
import { FlightTable } from './flight-table.ts'
import { Flight } from './flight.ts'
import { Heartbeat } from './heartbeat.ts'
import { StoreCalls } from './store-calls.ts'
import { Telemetry } from './telemetry.ts'
import { newToken } from './token.ts'

/** Everything the flights of one provider share, and how it comes to rest. */
export class StoreEngine implements Engine {
  readonly settings: Settings
  readonly calls: StoreCalls
  readonly clock: Clock
  readonly logger: Logger
  readonly telemetry: Telemetry
  readonly heartbeat: Heartbeat
  readonly durability: Durability
  readonly chain: AsyncLocalStorage<Chain> = new AsyncLocalStorage()
  readonly flights: FlightTable = new FlightTable()
  readonly strays: Set<Flight> = new Set()
  readonly background: Background = new Background()
  readonly holder: Engine['holder']
  readonly newToken: Engine['newToken'] = newToken
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
