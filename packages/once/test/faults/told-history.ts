import { checkKey } from './check/check-key.ts'
import { Circumstances } from './check/circumstances.ts'
import { storyOf } from './check/key-story.ts'
import type { HistoryEvent, KeyEvent } from './events.ts'

export const LEASE_MS = 1000

type Part<Type extends HistoryEvent['type']> = Partial<Extract<HistoryEvent, { type: Type }>>

/** A history made by hand: each event with what matters, and the rest as in a round where all goes well. */
export class ToldHistory {
  readonly #events: HistoryEvent[] = []
  readonly #pausesHarmStore: boolean

  constructor(pausesHarmStore = false) {
    this.#pausesHarmStore = pausesHarmStore
  }

  call(at: number, call: string, part: Part<'call'> = {}): this {
    const usual = { waits: true, payload: 0, deadlineMs: at + 5000 }
    return this.#add({ type: 'call', at, worker: 'w1', key: 'k', call, ...usual, ...part })
  }

  end(at: number, call: string, part: Part<'end'>): this {
    return this.#add({ type: 'end', at, worker: 'w1', key: 'k', call, ...part })
  }

  /** Ends with the value of a run. */
  value(at: number, call: string, run: string, part: Part<'end'> = {}): this {
    const value = { run, digest: `digest of ${run}` }
    return this.end(at, call, { value, replayed: true, leaseLost: false, ...part })
  }

  claim(at: number, fence: number, part: Part<'claim'> = {}): this {
    const usual = { attempt: 1, takeover: false, sentAt: at - 1, token: `t${fence}` }
    return this.#add({ type: 'claim', at, worker: 'w1', key: 'k', fence, ...usual, ...part })
  }

  run(at: number, run: string, call: string, fence: number, part: Part<'run'> = {}): this {
    const usual = { attempt: 1, payload: 0, isProtected: true }
    return this.#add({
      type: 'run',
      at,
      worker: 'w1',
      key: 'k',
      run,
      call,
      fence,
      ...usual,
      ...part,
    })
  }

  returned(at: number, run: string, part: Part<'ran'> = {}): this {
    const digest = `digest of ${run}`
    return this.#add({ type: 'ran', at, worker: 'w1', key: 'k', run, digest, ...part })
  }

  threw(at: number, run: string): this {
    return this.#add({ type: 'ran', at, worker: 'w1', key: 'k', run })
  }

  abort(at: number, run: string): this {
    return this.#add({ type: 'abort', at, worker: 'w1', key: 'k', run })
  }

  sent(at: number, verb: 'commit' | 'release', fence: number, part: Part<'sent'> = {}): this {
    return this.#add({
      type: 'sent',
      at,
      worker: 'w1',
      key: 'k',
      verb,
      token: `t${fence}`,
      ...part,
    })
  }

  step(
    at: number,
    verb: 'extend' | 'commit' | 'release',
    fence: number,
    answer: Extract<HistoryEvent, { type: 'step' }>['answer'],
    part: Part<'step'> = {},
  ): this {
    const usual = { token: `t${fence}`, sentAt: at - 1 }
    return this.#add({ type: 'step', at, worker: 'w1', key: 'k', verb, answer, ...usual, ...part })
  }

  /** A run from its claim to the answer of its commit, and its caller's end. */
  executed(at: number, run: string, call: string, fence: number, worker = 'w1'): this {
    return this.claim(at, fence, { worker })
      .run(at, run, call, fence, { worker })
      .returned(at + 10, run, { worker })
      .sent(at + 10, 'commit', fence, { worker })
      .step(at + 12, 'commit', fence, 'committed', { worker })
      .value(at + 12, call, run, { worker, replayed: false })
  }

  cleared(at: number, part: Part<'cleared'> = {}): this {
    const id = `clear ${at}`
    this.#add({ type: 'clear', at, worker: 'w1', key: 'k', id, force: false })
    return this.#add({
      type: 'cleared',
      at: at + 1,
      worker: 'w1',
      key: 'k',
      id,
      answer: 'cleared',
      ...part,
    })
  }

  charge(
    at: number,
    run: string,
    fence: number,
    decision: 'charged' | 'refused' | 'deduped',
  ): this {
    const usual = { derivedKey: 'derived', worker: 'w1' }
    return this.#add({ type: 'charge', at, key: 'k', run, fence, decision, ...usual })
  }

  stalled(worker: string, fromMs: number, at: number): this {
    return this.#add({ type: 'stall', worker, fromMs, at })
  }

  died(worker: string, at: number): this {
    return this.#add({ type: 'gone', at, worker, closed: false })
  }

  fault(
    fromMs: number,
    toMs: number,
    loses: 'nothing' | 'recent' | 'everything' = 'nothing',
  ): this {
    const fault = {
      type: 'fault',
      id: this.#events.length,
      kind: 'outage',
      harms: 'store',
      loses,
    } as const
    this.#add({ ...fault, phase: 'begin', at: fromMs })
    return this.#add({ ...fault, phase: 'end', at: toMs })
  }

  /** What is found: rule and message. */
  get findings(): readonly string[] {
    return this.#verdict.violations.map(({ rule, message }) => `${rule} ${message}`)
  }

  /** What would have been found, had no data been lost. */
  get pardoned(): readonly string[] {
    return this.#verdict.pardoned.map(({ rule, message }) => `${rule} ${message}`)
  }

  get recoveriesMs(): readonly number[] {
    return this.#verdict.recoveriesMs
  }

  get #verdict() {
    const circumstances = new Circumstances({
      leaseMs: LEASE_MS,
      pausesHarmStore: this.#pausesHarmStore,
    })
    for (const event of this.#events) circumstances.take(event)
    const ofKey = this.#events.filter((event): event is KeyEvent => 'key' in event)
    return checkKey(storyOf('k', ofKey), circumstances)
  }

  #add(event: HistoryEvent): this {
    this.#events.push(event)
    return this
  }
}
