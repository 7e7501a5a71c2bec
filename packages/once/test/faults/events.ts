import type { FaultEvent, SelfHarm } from '@oncekit/testing'

/** Where a worker can be told to stop or to die. */
export const POINTS = [
  'before-claim',
  'after-claim',
  'in-callback',
  'after-effect',
  'before-commit',
  'commit-sent',
  'after-commit',
  'before-release',
  'in-heartbeat',
] as const

export type Point = (typeof POINTS)[number]

/** What a worker does and sees, each with the time of its host's monotonic clock in ms. */
export type WorkerEvent = { readonly at: number; readonly worker: string } & (
  | { readonly type: 'started' }
  /** About to stop or to die at a point. */
  | { readonly type: 'harm'; readonly point: Point; readonly harm: SelfHarm }
  /** The process did nothing since. */
  | { readonly type: 'stall'; readonly fromMs: number }
  /** What its provider counted, once all calls had ended. */
  | { readonly type: 'tally'; readonly calls: number; readonly executions: number }
  | CallEvent
  | EndEvent
  | RunEvent
  | AbortEvent
  | RanEvent
  | ClaimEvent
  | StepEvent
  | SentEvent
  | ClearEvent
  | ClearedEvent
)

interface OfKey {
  readonly key: string
}

/** A call of `execute`. */
export interface CallEvent extends OfKey {
  readonly type: 'call'
  readonly call: string
  readonly waits: boolean
  /** Which of the key's payloads. */
  readonly payload: number
  /** By then it has to have ended, whatever happens to the store. */
  readonly deadlineMs: number
}

/** How a call ended: with the value of `run`, or with an error. */
export interface EndEvent extends OfKey {
  readonly type: 'end'
  readonly call: string
  /** Missing: it rejected. */
  readonly value?: { readonly run: string; readonly digest: string }
  readonly replayed?: boolean
  readonly leaseLost?: boolean
  /** Of an `OnceError`. */
  readonly code?: string
  /** Of the callback: the run whose error it is. */
  readonly thrownBy?: string
  /** The caller left by its signal. */
  readonly left?: true
  /** Another error, which nobody should meet. */
  readonly message?: string
}

/** The first line of a callback. */
export interface RunEvent extends OfKey {
  readonly type: 'run'
  readonly run: string
  readonly call: string
  readonly fence: number
  readonly attempt: number
  readonly payload: number
  readonly isProtected: boolean
}

/** `run.signal` said stop. */
export interface AbortEvent extends OfKey {
  readonly type: 'abort'
  readonly run: string
}

/** The last line of a callback. */
export interface RanEvent extends OfKey {
  readonly type: 'ran'
  readonly run: string
  /** Missing: it threw. */
  readonly digest?: string
}

/** The store granted a claim. */
export interface ClaimEvent extends OfKey {
  readonly type: 'claim'
  readonly token: string
  readonly fence: number
  readonly attempt: number
  readonly takeover: boolean
  readonly sentAt: number
}

/** The store answered the owner of a claim, or failed to. */
export interface StepEvent extends OfKey {
  readonly type: 'step'
  readonly verb: 'extend' | 'commit' | 'release'
  readonly token: string
  readonly sentAt: number
  readonly answer: 'extended' | 'settled' | 'committed' | 'released' | 'lost' | 'no answer'
}

/** A commit or a release is under way: it may be carried out though no answer comes. */
export interface SentEvent extends OfKey {
  readonly type: 'sent'
  readonly verb: 'commit' | 'release'
  readonly token: string
}

/** A call of `clear` begins. */
export interface ClearEvent extends OfKey {
  readonly type: 'clear'
  readonly id: string
  readonly force: boolean
}

/** It ended. */
export interface ClearedEvent extends OfKey {
  readonly type: 'cleared'
  readonly id: string
  readonly answer: 'cleared' | 'nothing' | 'refused' | 'no answer'
}

/** What the ledger was asked and decided, in its order. */
export interface ChargeEvent extends OfKey {
  readonly type: 'charge'
  readonly at: number
  readonly worker: string
  readonly run: string
  readonly fence: number
  readonly derivedKey: string
  readonly decision: 'charged' | 'refused' | 'deduped'
}

export type HistoryEvent =
  | WorkerEvent
  | FaultEvent
  | ChargeEvent
  /** The process is gone. `closed`: it ended as it was told to. */
  | {
      readonly type: 'gone'
      readonly at: number
      readonly worker: string
      readonly closed: boolean
    }

/** An event about one key. */
export type KeyEvent = Extract<HistoryEvent, OfKey>
