import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

import type { LedgerCounts } from '@oncekit/testing'

import { HistoryChecker } from './check/checker.ts'
import type { HistoryEvent } from './events.ts'
import { reportOf } from './report.ts'
import type { RoundReport } from './report.ts'
import type { StoreName } from './subject.ts'

/** Of which round a history is. */
export interface JudgeOptions {
  readonly store: StoreName
  readonly seed: number
  readonly workers: number
  readonly leaseMs: number
}

/** Judged as often as while it was written: a key is forgotten when nothing more can come of it. */
const SETTLE_MS = 1000

/**
 * Judges a history that was kept, by the rules as they are now. What a history does not hold, that a process crashed or did not
 * close, is told by its round alone.
 *
 * @throws Error with the number of the line that is no event
 */
export async function judgeHistory(
  path: string,
  { store, seed, workers, leaseMs }: JudgeOptions,
): Promise<RoundReport> {
  const checker = new HistoryChecker({ leaseMs, pausesHarmStore: store === 'sqlite' })
  const faults: Record<string, number> = {}
  const effects = { attempted: 0, refused: 0, deduped: 0, charged: 0 } satisfies LedgerCounts
  const processes = new Set<string>()
  let [firstAt, lastAt, settledAt] = [Infinity, -Infinity, -Infinity]
  for await (const event of eventsIn(path)) {
    checker.take(event)
    firstAt = Math.min(firstAt, event.at)
    lastAt = Math.max(lastAt, event.at)
    if (event.type === 'started') processes.add(event.worker)
    if (event.type === 'fault' && event.phase === 'begin') {
      faults[event.kind] = (faults[event.kind] ?? 0) + 1
    }
    if (event.type === 'charge') {
      effects.attempted++
      effects[event.decision]++
    }
    if (lastAt < settledAt + SETTLE_MS) continue
    settledAt = lastAt
    checker.settle(lastAt, () => undefined)
  }
  checker.finish()
  return reportOf({
    ...{ store, seed, workers, faults, effects, checker },
    seconds: (lastAt - firstAt) / 1000,
    about: 'judged again from its history',
    processes: processes.size,
  })
}

async function* eventsIn(path: string): AsyncIterableIterator<HistoryEvent> {
  let number = 0
  for await (const line of createInterface({ input: createReadStream(path) })) {
    number++
    try {
      yield JSON.parse(line) as HistoryEvent
    } catch {
      throw new Error(`${path}: line ${number} is no event; was its round ended early?`)
    }
  }
}
