import type { Call } from './call.ts'
import type { Kind } from './event.ts'
import type { Budget } from './world.ts'

/** What may happen in an exhaustive search, and how often. */
export interface Scope {
  readonly calls: readonly Call[]
  readonly kinds: readonly Kind[]
  readonly budget: Budget
  /** Requests that may be on their way though their sender has given them up, per process. */
  readonly strays: number
}

const NAMES = [
  'payloads',
  'attempts',
  'effects',
  'clocks',
  'waiters',
  'leases',
  'removals',
  'runs',
  'deep',
] as const

export type ScopeName = (typeof NAMES)[number]

/** The lease is one tick of the clock: a pause of one tick is a pause beyond the lease. */
const CALL: Call = {
  fingerprint: '',
  wait: false,
  effectful: false,
  leaseMs: 1,
  ttlMs: 1,
  attemptLimit: 0,
}

/** Two ticks: a claim may be half as old as its lease, and an extension may come in time. */
const LONG: Call = { ...CALL, leaseMs: 2 }

const STEPS = ['call', 'deliver', 'receive', 'return', 'throw', 'tick'] as const
const LOSSES = ['crash', 'retry', 'give up', 'late arrival'] as const
const BEATS = ['extend', 'extend unheard', 'extend late'] as const
const REMOVALS = ['clear', 'force', 'decide'] as const
const WAITING = ['watch arrives', 'watch stands', 'wake', 'awake', 'poll'] as const

const ONCE: Budget = { calls: 1, clears: 0, forcedClears: 0, decisions: 0, skews: 0 }

/** What the search goes through: two processes at one key. The smallest first. */
export const SCOPES: Readonly<Record<ScopeName, Scope>> = {
  /** Two payloads, and none. */
  payloads: {
    calls: [CALL, { ...CALL, fingerprint: 'p' }, { ...CALL, fingerprint: 'q' }],
    kinds: [...STEPS, 'crash', 'clear'],
    budget: { ...ONCE, clears: 1 },
    strays: 0,
  },
  /** No more than two attempts. */
  attempts: {
    calls: [{ ...CALL, attemptLimit: 2 }],
    kinds: [...STEPS, 'crash', 'late arrival', 'extend'],
    budget: { ...ONCE, calls: 2 },
    strays: 1,
  },
  /** An effect is declared; somebody decides about it once. */
  effects: {
    calls: [{ ...CALL, effectful: true }],
    kinds: [...STEPS, 'crash', 'give up', 'late arrival', 'extend', 'declare', ...REMOVALS],
    budget: { calls: 1, clears: 1, forcedClears: 1, decisions: 1, skews: 0 },
    strays: 2,
  },
  /** Somebody sets the wall clock of a process, by a day. */
  clocks: {
    calls: [LONG],
    kinds: [...STEPS, 'give up', 'extend', 'skew'],
    budget: { ...ONCE, skews: 2 },
    strays: 0,
  },
  /** A duplicate waits: messages and subscriptions are lost. */
  waiters: {
    calls: [{ ...LONG, wait: true }],
    kinds: [...STEPS, ...WAITING, 'crash', 'watch lost', 'wake lost'],
    budget: ONCE,
    strays: 0,
  },
  /** Longer leases: extensions in time and late, claims of any age, callers that leave. */
  leases: {
    calls: [LONG],
    kinds: [...STEPS, 'crash', 'late arrival', 'give up', 'leave', ...BEATS, 'clear'],
    budget: { ...ONCE, clears: 1 },
    strays: 2,
  },
  /** Two calls each, and a removal by force. */
  removals: {
    calls: [CALL],
    kinds: [...STEPS, 'crash', 'give up', 'late arrival', ...BEATS, 'force', 'touch'],
    budget: { ...ONCE, calls: 2, forcedClears: 1 },
    strays: 1,
  },
  /** Two calls each, with every loss: crashes, requests and answers lost, late and repeated. */
  runs: {
    calls: [CALL],
    kinds: [...STEPS, ...LOSSES, ...BEATS],
    budget: { ...ONCE, calls: 2 },
    strays: 1,
  },
  /** All of the two before at once: for the command line. */
  deep: {
    calls: [CALL],
    kinds: [...STEPS, ...LOSSES, ...BEATS, 'clear', 'force'],
    budget: { ...ONCE, calls: 2, clears: 1, forcedClears: 1 },
    strays: 1,
  },
}

export const SCOPE_NAMES: readonly ScopeName[] = NAMES
