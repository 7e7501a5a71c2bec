import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Once } from '@oncekit/once'
import {
  Fleet,
  HistoryFile,
  Ledger,
  Random,
  SubjectProcess,
  hostMs,
  processFaults,
  runFaults,
} from '@oncekit/testing'
import type { LedgerOptions } from '@oncekit/testing'

import type { Sabotage } from './announcing-store.ts'
import { HistoryChecker } from './check/checker.ts'
import { RIG } from './check/circumstances.ts'
import { POINTS } from './events.ts'
import type { HistoryEvent } from './events.ts'
import { HarmListeners } from './harm-listeners.ts'
import { reportOf } from './report.ts'
import type { RoundReport } from './report.ts'
import { openSubject } from './subject.ts'
import type { StoreName } from './subject.ts'
import type { ChargeOrder, WorkerOrder, WorkerSetup } from './worker.ts'

export type { RoundReport } from './report.ts'

/** How a round goes. */
export interface RoundOptions {
  readonly store: StoreName
  readonly seconds: number
  readonly seed: number
  /** @defaultValue 4 */
  readonly workers?: number
  /** @defaultValue all that this machine can do */
  readonly kinds?: readonly string[]
  /** A file for the whole history. @defaultValue it is not kept */
  readonly history?: string
  /** Least and most time between two faults of one lane. @defaultValue 1 to 6 seconds */
  readonly peaceMs?: readonly [number, number]
  readonly say?: (line: string) => void
  /** Ends the round early, with its report. */
  readonly signal?: AbortSignal
  /** Breaks a promise on purpose. */
  readonly sabotage?: Sabotage
  readonly ledger?: LedgerOptions
}

export const LEASE_MS = 1200
const STORE_TIMEOUT_MS = 390
const WAIT_MS = 4000
/** Long enough for leases to live and die with nothing to blame. */
const PEACE_MS = [1000, 6000] as const
/** For the last calls to end and the last keys to be recovered. */
const AFTERWARDS_MS = 3000
const FAREWELL_MS = 30_000
const START_MS = 30_000

/** Real processes use one store while it and they are harmed; all they saw is held against the promises. */
export async function runRound(options: RoundOptions): Promise<RoundReport> {
  const { store, seed, workers = 4, say = () => undefined } = options
  const startedAt = hostMs()
  /** The faults last for so long, however long a busy machine takes to start the processes. */
  let untilMs = startedAt + START_MS
  await using opened = new AsyncDisposableStack()
  const subject = opened.use(await openSubject(store))
  const history = options.history && opened.use(new HistoryFile(options.history))
  const checker = new HistoryChecker({ leaseMs: LEASE_MS, pausesHarmStore: store === 'sqlite' })
  const ledger = new Ledger(options.ledger)
  const harms = new HarmListeners()
  const faultCounts = new Map<string, number>()

  const record = (event: HistoryEvent): void => {
    if (history) history.write(event)
    checker.take(event)
    if (event.type === 'harm') harms.hear(event.worker)
    if (event.type === 'fault' && event.phase === 'begin') {
      faultCounts.set(event.kind, (faultCounts.get(event.kind) ?? 0) + 1)
    }
  }
  const start = (
    name: string,
    { onExit }: { onExit: (from: SubjectProcess) => void },
  ): SubjectProcess =>
    new SubjectProcess({
      name,
      script: join(import.meta.dirname, 'worker.ts'),
      setup: setupOf(name, subject.url, seed, options.sabotage ?? 'none'),
      onLine: (line) => record(JSON.parse(line) as HistoryEvent),
      onMessage: (message, from) => {
        const { id, key, run, fence, derivedKey } = message as ChargeOrder
        const decision = ledger.charge({ resource: key, fence, key: derivedKey })
        record({
          ...{ type: 'charge', at: hostMs(), worker: name, key, run, fence, derivedKey, decision },
        })
        from.send({ type: 'charged', id, decision } satisfies WorkerOrder)
      },
      onExit: (from) => {
        record({ type: 'gone', at: hostMs(), worker: name, closed: from.hasClosed })
        if (from.crash !== undefined) checker.crashed(name, from.crash)
        onExit(from)
        if (!from.hasClosed) probe(checker.heldBy(name))
      },
    })
  const fleet = opened.use(new Fleet(workers, start))
  /** So that somebody asks for what a dead process left behind. */
  const probe = (keys: readonly string[]): void => {
    if (hostMs() > untilMs) return
    for (const member of fleet.ready) member.send({ type: 'probe', keys } satisfies WorkerOrder)
  }

  const random = new Random(seed)
  const faults = [
    ...subject.faults(fleet),
    ...processFaults({
      ...{ fleet, leaseMs: LEASE_MS, points: POINTS },
      nextHarm: (victim, patienceMs) => harms.next(victim.name, patienceMs),
    }),
  ].filter(({ kind }) => options.kinds?.includes(kind) ?? true)
  const stopWatching = watch(record, () => {
    checker.settle(hostMs(), (key) => ledger.forget(key))
  })
  const progress = setInterval(() => {
    const seconds = ((hostMs() - startedAt) / 1000).toFixed()
    const sum = [...faultCounts.values()].reduce((all, count) => all + count, 0)
    say(
      `${seconds} s: ${checker.counts.operations} operations judged, ${sum} faults of ${faultCounts.size} kinds, ${checker.findings.length} violations, ${checker.openKeys} keys open`,
    )
  }, 5000)
  try {
    await started(checker, untilMs)
    untilMs = hostMs() + options.seconds * 1000
    await runFaults({
      ...{ faults, random, untilMs, peaceMs: options.peaceMs ?? PEACE_MS, record },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }).catch((error: unknown) => checker.broke(error))
    await sleep(AFTERWARDS_MS)
    const late = await fleet.close({ type: 'close' } satisfies WorkerOrder, FAREWELL_MS)
    for (const name of late) checker.hung(name)
  } finally {
    clearInterval(progress)
    stopWatching()
  }
  checker.finish()
  return reportOf({
    ...{ store, seed, workers, seconds: (hostMs() - startedAt) / 1000, about: subject.about },
    ...{ faults: Object.fromEntries(faultCounts), checker, effects: ledger.counts },
    processes: fleet.started,
  })
}

/** The kinds of faults this machine can do to a store. */
export async function faultKinds(store: StoreName): Promise<readonly string[]> {
  await using subject = await openSubject(store)
  await using fleet = new Fleet(0, () => {
    throw new Error('a fleet of nobody')
  })
  const ofProcesses = processFaults({
    ...{ fleet, leaseMs: LEASE_MS, points: POINTS },
    nextHarm: async () => false,
  })
  return [...subject.faults(fleet), ...ofProcesses].map(({ kind }) => kind)
}

function setupOf(name: string, url: string, seed: number, sabotage: Sabotage): WorkerSetup {
  return {
    name,
    config: {
      ...Once.defaultConfig('production'),
      ...{ store: url, prefix: `faults-${seed}`, serviceName: name },
      // Long enough for every question about a key, short enough to stay small for hours.
      ttl: '3m',
      lease: LEASE_MS,
      storeTimeout: STORE_TIMEOUT_MS,
      waitTimeout: WAIT_MS,
      drainTimeout: '10s',
    },
    seed: seed + Number(name.slice(1)),
    callers: 16,
    thinkMs: 80,
    keysPerSecond: 25,
    windowMs: 6000,
    leaseMs: LEASE_MS,
    waitMs: WAIT_MS,
    sabotage,
  }
}

/** Judges now and then, and tells when this process itself did nothing for a while. */
function watch(record: (event: HistoryEvent) => void, judge: () => void): () => void {
  let last = hostMs()
  const stalls = setInterval(() => {
    const at = hostMs()
    if (at - last > 150) record({ type: 'stall', at, worker: RIG, fromMs: last })
    last = at
  }, 20)
  const judging = setInterval(judge, 1000)
  return () => {
    clearInterval(stalls)
    clearInterval(judging)
  }
}

async function started(checker: HistoryChecker, untilMs: number): Promise<void> {
  while (checker.openKeys === 0 && hostMs() < untilMs) await sleep(20)
}
