import type { OnceRecord } from '../record.ts'
import type { Call } from './call.ts'
import type { Instant, Sent, Stray } from './message.ts'

/** Where a call is on its way. `unknown`: its caller was told that nobody knows, and the commit goes on. */
export type Phase =
  | 'idle'
  | 'claiming'
  | 'reading'
  | 'freshening'
  | 'running'
  | 'declaring'
  | 'committing'
  | 'releasing'
  | 'resting'
  | 'unknown'

/** What a wake-up told: look again, or the record itself. */
export type News = 'again' | OnceRecord

/** One process at one key: the call it makes there, and what of it is under way. */
export interface Flight {
  readonly process: number
  readonly key: number
  callsLeft: number
  phase: Phase
  call: Call | undefined
  token: string
  /** From when the owner counts its lease. */
  lease: Instant
  /** From when it counted it as its commit began: extensions meanwhile prolong nothing. */
  leaseAtCommit: Instant
  /** Since when it has the key, for the longest run. */
  claimedAt: Instant
  /** What it waits for. */
  main: Sent | undefined
  /** The extension under way. */
  beat: Sent | undefined
  strays: readonly Stray[]
  /** The run's signal, and whether another took the key. */
  lost: 'no' | 'deadline' | 'taken'
  /** Its callers have left. */
  left: boolean
  /** The commit was refused: it may adopt what the winner left, and nothing else. */
  leaseLost: boolean
  /** The store has answered that the effect is declared. */
  declared: boolean
  /** `stood`: the store knows of it, the waiter does not yet. */
  watch: 'none' | 'sent' | 'stood' | 'on'
  news: News | undefined
  /** A wake-up on its way. */
  wakeUp: News | undefined
  /** What follows is known to the checks alone. The claim was taken away by a removal. */
  cleared: boolean
  /** The store holds, or held, the outcome of this token. */
  committed: boolean
  /** The store has flagged the effect of this token. */
  flagged: boolean
  /** A wake-up was lost on its way. */
  muted: boolean
  /** It has looked without asking to be told: it will hear of the end by looking. */
  quiet: boolean
  /** The lease that the waiter last saw, by the store's clock. */
  seenUntilMs: number
}

const LONG_AGO: Instant = { monotonicMs: -1e12, wallMs: -1e12 }

export function newFlight(process: number, key: number, calls: number): Flight {
  return { process, key, callsLeft: calls, strays: [], ...AT_REST }
}

/** Nothing of a call is left, but what is still on its way to the store. */
export function forget(flight: Flight): void {
  Object.assign(flight, AT_REST)
}

const AT_REST: Omit<Flight, 'process' | 'key' | 'callsLeft' | 'strays'> = {
  phase: 'idle',
  call: undefined,
  token: '',
  lease: LONG_AGO,
  leaseAtCommit: LONG_AGO,
  claimedAt: LONG_AGO,
  main: undefined,
  beat: undefined,
  lost: 'no',
  left: false,
  leaseLost: false,
  declared: false,
  watch: 'none',
  news: undefined,
  wakeUp: undefined,
  cleared: false,
  committed: false,
  flagged: false,
  muted: false,
  quiet: false,
  seenUntilMs: 0,
}
