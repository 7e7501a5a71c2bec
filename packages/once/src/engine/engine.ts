import type { AsyncLocalStorage } from 'node:async_hooks'

import type { Clock, Logger } from '@oncekit/core'

import type { Settings } from '../settings.ts'
import type { Background } from './background.ts'
import type { Caller, CallerContext } from './caller.ts'
import type { FlightTable } from './flight-table.ts'
import type { Flight } from './flight.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { StoreCalls } from './store-calls.ts'
import type { Telemetry } from './telemetry.ts'

/** The keys whose callbacks the current code runs in, innermost first. */
export interface Chain {
  readonly storageKey: string
  readonly parent: Chain | undefined
  /** The callback has settled: what it left behind may ask for the key. */
  over: boolean
}

/** What the flights of one provider share. */
export interface Engine extends CallerContext {
  readonly settings: Settings
  readonly calls: StoreCalls
  readonly clock: Clock
  readonly logger: Logger
  readonly telemetry: Telemetry
  readonly heartbeat: Heartbeat
  readonly chain: AsyncLocalStorage<Chain>
  readonly flights: FlightTable
  /** Flights that still run, but that nobody may join any more. */
  readonly strays: Set<Flight>
  /** Work that goes on after its callers were answered. */
  readonly background: Background
  /** Aborted when the provider closes. */
  readonly closing: AbortSignal
  /** Aborted when the provider's patience with what is still running has ended. */
  readonly drained: AbortSignal
  readonly holder: (ttlMs: number, trace?: string) => string
  newToken(): string
  /** Takes the caller along with those who want the same, or lets a new flight begin. */
  board(caller: Caller): void
}
