import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { hostMs } from './host-time.ts'
import type { Random } from './random.ts'

/** A fault as the history tells it. */
export interface FaultEvent {
  readonly type: 'fault'
  readonly at: number
  readonly id: number
  readonly phase: 'begin' | 'end'
  readonly kind: string
  readonly harms: Fault['harms']
  readonly loses: Fault['loses']
  readonly about?: string
}

/** Settings of {@link runFaults}. */
export interface FaultScheduleOptions {
  readonly faults: readonly Fault[]
  readonly random: Random
  /** By `hostMs()`; a fault under way is made good first. */
  readonly untilMs: number
  /** Least and most time of peace between two faults of one lane. */
  readonly peaceMs: readonly [number, number]
  readonly record: (event: FaultEvent) => void
  /** Ends it early, when the faults under way are made good. */
  readonly signal?: AbortSignal
}

/**
 * Injects faults until the time is over: one after the other at the store, and beside that one
 * after the other at the processes. Every kind comes once before any comes again. One that cannot
 * be made good ends it all, when the others under way are.
 */
export async function runFaults(options: FaultScheduleOptions): Promise<void> {
  const ids = { last: 0 }
  const broken = new AbortController()
  const signal = AbortSignal.any([broken.signal, ...(options.signal ? [options.signal] : [])])
  const lanes = Object.values(Object.groupBy(options.faults, ({ harms }) => harms))
  await Promise.allSettled(
    lanes.map((faults) =>
      runLane(faults, ids, { ...options, signal }).catch((error: unknown) => broken.abort(error)),
    ),
  )
  broken.signal.throwIfAborted()
}

async function runLane(
  faults: readonly Fault[],
  ids: { last: number },
  { random, untilMs, peaceMs, record, signal }: FaultScheduleOptions & { signal: AbortSignal },
): Promise<void> {
  let deck: Fault[] = []
  for (;;) {
    const peace = Math.min(random.between(...peaceMs), Math.max(0, untilMs - hostMs()))
    await sleep(peace, undefined, { signal }).catch(() => undefined)
    if (signal.aborted || hostMs() >= untilMs) return
    if (deck.length === 0) deck = random.shuffled(faults)
    const fault = deck.pop()
    if (fault === undefined) return
    await injectOne(fault, ++ids.last, random, record)
  }
}

async function injectOne(
  fault: Fault,
  id: number,
  random: Random,
  record: (event: FaultEvent) => void,
): Promise<void> {
  const { kind, harms, loses } = fault
  let begun = false
  const tell = (phase: 'begin' | 'end', about?: string): void =>
    record({
      ...{ type: 'fault', at: hostMs(), id, phase, kind, harms, loses },
      ...(about === undefined ? {} : { about }),
    })
  try {
    await fault.inject(random, (about) => {
      begun = true
      tell('begin', about)
    })
  } catch (cause) {
    throw new Error(`the fault ${kind} could not be injected or made good`, { cause })
  } finally {
    if (begun) tell('end')
  }
}
