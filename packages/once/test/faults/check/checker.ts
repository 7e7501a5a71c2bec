import type { HistoryEvent, KeyEvent } from '../events.ts'
import { checkKey } from './check-key.ts'
import { Circumstances } from './circumstances.ts'
import type { CircumstanceOptions } from './circumstances.ts'
import { countKey, newRoundCounts } from './counts.ts'
import type { RoundCounts } from './counts.ts'
import { storyOf } from './key-story.ts'
import { linesOf } from './story-lines.ts'
import type { Violation } from './violation.ts'

/** A violation with all that is known of its key, one readable line for each event. */
export interface Finding extends Violation {
  readonly story: readonly string[]
}

/** A key is asked for so long and no longer: what comes later was under way. */
const QUIET_MS = 15_000
/** What is longer ago explains nothing. */
const MEMORY_MS = 120_000
/** A call this far beyond its deadline hangs. */
const HANG_MS = 10_000

interface OpenKey {
  readonly events: KeyEvent[]
  readonly calls: Map<string, { readonly worker: string; readonly deadlineMs: number }>
  lastAt: number
}

/**
 * Reads a history as it is written and judges each key when nothing more can come of it. Keeps only
 * what is not judged yet, so that it can run for as long as one likes.
 */
export class HistoryChecker {
  readonly counts: RoundCounts = newRoundCounts()
  readonly findings: Finding[] = []
  /** Keys that met a fault which loses data. */
  suspendedKeys = 0
  /** Of those, the keys that would have been violations. */
  pardonedKeys = 0
  /** Deaths of owners whose key went on. */
  recoveries = 0
  slowestRecoveryMs = 0
  readonly #circumstances: Circumstances
  readonly #keys = new Map<string, OpenKey>()
  readonly #tallies = new Map<string, { calls: number; runs: number }>()

  constructor(options: CircumstanceOptions) {
    this.#circumstances = new Circumstances(options)
  }

  get openKeys(): number {
    return this.#keys.size
  }

  take(event: HistoryEvent): void {
    this.#circumstances.take(event)
    if (event.type === 'tally') this.#checkTally(event)
    else if (event.type === 'gone') this.#tallies.delete(event.worker)
    if (!('key' in event)) return
    const open = this.#open(event)
    open.events.push(event)
    open.lastAt = Math.max(open.lastAt, event.at)
    if (event.type === 'call') open.calls.set(event.call, event)
    if (event.type === 'end') open.calls.delete(event.call)
    this.#tally(event)
  }

  /** The keys that a process was executing. */
  heldBy(worker: string): readonly string[] {
    return [...this.#keys].filter(([, { events }]) => isHeldBy(events, worker)).map(([key]) => key)
  }

  /** Judges and forgets the keys nobody asks for any more. */
  settle(nowMs: number, forgotten: (key: string) => void): void {
    for (const [key, open] of this.#keys) {
      for (const [call, { worker, deadlineMs }] of open.calls) {
        const isOver = this.#circumstances.isGone(worker)
        const stalledMs = this.#circumstances.stalledMs(worker, 0, nowMs)
        if (isOver || nowMs > deadlineMs + HANG_MS + stalledMs) open.calls.delete(call)
      }
      if (open.calls.size === 0 && nowMs - open.lastAt > QUIET_MS) {
        this.#judge(key, open)
        forgotten(key)
      }
    }
    this.#circumstances.forgetBefore(nowMs - MEMORY_MS)
  }

  /** A process ended by itself, and nobody had told it to. */
  crashed(worker: string, how: string): void {
    this.findings.push({ rule: 'crash', key: '', message: `${worker} ${how}`, story: [] })
  }

  /** A process did not end when it was told to. */
  hung(worker: string): void {
    this.findings.push({ rule: 'I34', key: '', message: `${worker} did not close`, story: [] })
  }

  /** The round could not go on. What it showed until then is judged all the same. */
  broke(error: unknown): void {
    const { message, cause } = error instanceof Error ? error : new Error(String(error))
    const why = cause instanceof Error ? `: ${cause.message}` : ''
    this.findings.push({ rule: 'rig', key: '', message: message + why, story: [] })
  }

  /** Judges all that is left, once every process is gone. */
  finish(): void {
    for (const [key, open] of this.#keys) this.#judge(key, open)
  }

  #judge(key: string, { events }: OpenKey): void {
    this.#keys.delete(key)
    const story = storyOf(key, events)
    const { violations, suspended, pardoned, recoveriesMs } = checkKey(story, this.#circumstances)
    countKey(this.counts, story)
    if (suspended) this.suspendedKeys++
    if (pardoned.length > 0) this.pardonedKeys++
    this.recoveries += recoveriesMs.length
    this.slowestRecoveryMs = Math.max(this.slowestRecoveryMs, ...recoveriesMs)
    for (const violation of violations) {
      // The first tell enough; ten thousand would only fill the memory.
      const isShown = this.findings.length < 100
      this.findings.push({ ...violation, story: isShown ? linesOf(story) : [] })
    }
  }

  #open({ key }: KeyEvent): OpenKey {
    let open = this.#keys.get(key)
    if (open === undefined)
      this.#keys.set(key, (open = { events: [], calls: new Map(), lastAt: 0 }))
    return open
  }

  #tally({ type, worker }: KeyEvent): void {
    if (type !== 'end' && type !== 'run') return
    const tally = this.#tallies.get(worker) ?? { calls: 0, runs: 0 }
    if (type === 'end') tally.calls++
    else tally.runs++
    this.#tallies.set(worker, tally)
  }

  /** I33: the provider's own counts are those of the history. */
  #checkTally({ worker, calls, executions }: Extract<HistoryEvent, { type: 'tally' }>): void {
    const seen = this.#tallies.get(worker) ?? { calls: 0, runs: 0 }
    if (seen.calls === calls && seen.runs === executions) return
    const message = `${worker} counted ${calls} calls and ${executions} executions; there were ${seen.calls} and ${seen.runs}`
    this.findings.push({ rule: 'I33', key: '', message, story: [] })
  }
}

function isHeldBy(events: readonly KeyEvent[], worker: string): boolean {
  const over = new Set<string>()
  for (const event of events) if (event.type === 'sent') over.add(event.token)
  return events.some(
    (event) => event.type === 'claim' && event.worker === worker && !over.has(event.token),
  )
}
