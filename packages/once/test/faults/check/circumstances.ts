import type { FaultEvent } from '@oncekit/testing'

import type { HistoryEvent } from '../events.ts'
import type { KeyStory } from './key-story.ts'

/** What everything else is judged by. */
export interface CircumstanceOptions {
  readonly leaseMs: number
  /** A process stopped inside a transaction holds the file's lock, as with SQLite. */
  readonly pausesHarmStore: boolean
}

interface Span {
  readonly fromMs: number
  toMs: number
}

/** A lease is extended three times over: a process has to miss one of them at least. */
const STALLS_PER_LEASE = 3
/** After a fault is made good: connections are opened anew, queues empty. */
const AFTERMATH_MS = 1500
/** What an asynchronous copy, or a file that is flushed each second, may lag behind, generously. */
const RECENT_MS = 3000

/** What befell the store and the processes, and when: whatever can explain the loss of a lease or of data. */
export class Circumstances {
  readonly leaseMs: number
  readonly #pausesHarmStore: boolean
  readonly #faults = new Map<number, Span & { readonly event: FaultEvent }>()
  readonly #stalls = new Map<string, Span[]>()
  readonly #gone = new Map<string, { readonly atMs: number; readonly closed: boolean }>()

  constructor({ leaseMs, pausesHarmStore }: CircumstanceOptions) {
    this.leaseMs = leaseMs
    this.#pausesHarmStore = pausesHarmStore
  }

  take(event: HistoryEvent): void {
    if (event.type === 'fault') this.#takeFault(event)
    else if (event.type === 'gone') {
      this.#gone.set(event.worker, { atMs: event.at, closed: event.closed })
    } else if (event.type === 'stall') {
      const spans = this.#stalls.get(event.worker) ?? []
      spans.push({ fromMs: event.fromMs, toMs: event.at })
      this.#stalls.set(event.worker, spans)
    }
  }

  /** When the process was killed; nothing when it lives, or ended as it was told. */
  deathOf(worker: string): number | undefined {
    const gone = this.#gone.get(worker)
    return gone === undefined || gone.closed ? undefined : gone.atMs
  }

  isGone(worker: string): boolean {
    return this.#gone.has(worker)
  }

  /**
   * For how long the process did nothing in this time, or can have waited for somebody to read what it tells. One that was killed
   * has not told of its last wait.
   */
  stalledMs(worker: string, fromMs: number, toMs: number): number {
    const spans = [...(this.#stalls.get(worker) ?? []), ...(this.#stalls.get(RIG) ?? [])]
    let sum = 0
    let reachedMs = fromMs
    for (const span of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
      sum += Math.max(0, Math.min(span.toMs, toMs) - Math.max(span.fromMs, reachedMs))
      reachedMs = Math.max(reachedMs, span.toMs)
    }
    return sum
  }

  /** Whether the store, or the process, had trouble in this time. */
  hadTrouble(worker: string, fromMs: number, toMs: number): boolean {
    const { atMs } = this.#gone.get(worker) ?? { atMs: Infinity }
    return (
      atMs <= toMs ||
      this.stalledMs(worker, fromMs, toMs) > this.leaseMs / STALLS_PER_LEASE ||
      this.storeBackAt(fromMs, toMs) !== undefined
    )
  }

  /** When the last trouble of the store that touches this time was over; nothing when there was none. */
  storeBackAt(fromMs: number, toMs: number, aftermathMs = AFTERMATH_MS): number | undefined {
    let back: number | undefined
    for (const span of this.#storeTroubles()) {
      if (span.fromMs > toMs || span.toMs + aftermathMs < fromMs) continue
      back = Math.max(back ?? 0, span.toMs + aftermathMs)
    }
    return back
  }

  /** Whether a fault that loses data met the key while it was in use: then what was promised of its record is suspended. */
  suspends({ firstAt, lastAt }: KeyStory): boolean {
    return [...this.#faults.values()].some(
      ({ event, fromMs, toMs }) =>
        event.loses !== 'nothing' && firstAt <= toMs + AFTERMATH_MS && lastAt >= fromMs - RECENT_MS,
    )
  }

  /** Forgets what can explain nothing any more. */
  forgetBefore(ms: number): void {
    for (const [id, { toMs }] of this.#faults) if (toMs < ms) this.#faults.delete(id)
    for (const [worker, { atMs }] of this.#gone) if (atMs < ms) this.#gone.delete(worker)
    for (const [worker, spans] of this.#stalls) {
      const kept = spans.filter(({ toMs }) => toMs >= ms)
      if (kept.length === 0) this.#stalls.delete(worker)
      else this.#stalls.set(worker, kept)
    }
  }

  #takeFault(event: FaultEvent): void {
    if (event.phase === 'begin') {
      this.#faults.set(event.id, { fromMs: event.at, toMs: Infinity, event })
      return
    }
    const fault = this.#faults.get(event.id)
    if (fault !== undefined) fault.toMs = event.at
  }

  *#storeTroubles(): Generator<Span> {
    for (const fault of this.#faults.values()) {
      if (fault.event.harms === 'store' || (this.#pausesHarmStore && this.#costsLeases(fault))) {
        yield fault
      }
    }
    // Whoever holds a file's lock, or carries everybody's bytes.
    for (const [worker, spans] of this.#stalls) {
      if (!this.#pausesHarmStore && worker !== RIG) continue
      for (const span of spans) if (this.#costsLeases(span)) yield span
    }
  }

  /** On a busy machine some process always stalls for a moment; were each a trouble of everybody's, there would be nothing but troubles. */
  #costsLeases({ fromMs, toMs }: Span): boolean {
    return toMs - fromMs > this.leaseMs / STALLS_PER_LEASE
  }
}

/** The name under which the process that carries the bytes tells its own stalls. */
export const RIG = 'rig'
