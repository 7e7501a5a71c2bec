import type { RedisPort } from '@oncekit/redis'

import { serverLoad } from '../harness/server-load.ts'
import { quantile, spreadOf } from '../harness/statistics.ts'
import { WorkerProcess } from '../harness/worker-process.ts'
import type { Claim } from '../report/claim.ts'

/** What each process is told to ask for. */
export interface Rush {
  readonly key: string
  readonly callers: number
  readonly runMs: number
}

/** When its runs ended and its callers were answered, on the clock of the host. */
export interface Asked {
  readonly endedMs: readonly number[]
  readonly answeredMs: readonly number[]
}

/** One rush of many callers for one key. */
export interface RushFigures {
  readonly runs: number
  /** From the end of the callback to the answer of a caller, the slowest in a hundred. */
  readonly p99Ms: number
  readonly requestsPerProcess: number
}

const PROCESSES = 4
const CALLERS = 64
const RUN_MS = 50

/** 256 callers in four processes ask for one key that takes 50 ms, so many times. */
export async function measureDuplicates(
  redis: RedisPort,
  url: string,
  repeat: number,
): Promise<RushFigures[]> {
  await using opened = new AsyncDisposableStack()
  const processes: Caller[] = []
  for (let n = 0; n < PROCESSES; n++) processes.push(opened.use(await start(url, n)))
  // The first rush finds cold code.
  await rushFor('warm-up', processes, redis)
  const found: RushFigures[] = []
  for (let n = 0; n < repeat; n++) found.push(await rushFor(`rush:${n}`, processes, redis))
  return found
}

export function duplicatesClaims(figures: readonly RushFigures[]): Claim[] {
  const name = `${PROCESSES * CALLERS} duplicates in ${PROCESSES} processes`
  const of = (what: (figure: RushFigures) => number): ReturnType<typeof spreadOf> =>
    spreadOf(figures.map(what))
  return [
    {
      name: `${name}: runs`,
      value: of(({ runs }) => runs),
      target: { atLeast: 1, reachFor: 1, better: 'less' },
    },
    {
      name: `${name}: answered after the run, ms (p99)`,
      value: of(({ p99Ms }) => p99Ms),
      target: { atLeast: 5, reachFor: 2, better: 'less' },
    },
    {
      name: `${name}: requests of a process`,
      value: of(({ requestsPerProcess }) => requestsPerProcess),
      target: { atLeast: 8, reachFor: 8, better: 'less' },
    },
  ]
}

type Caller = WorkerProcess<Rush, Asked>

async function rushFor(
  key: string,
  processes: readonly Caller[],
  redis: RedisPort,
): Promise<RushFigures> {
  const before = await serverLoad(redis)
  const rush: Rush = { key, callers: CALLERS, runMs: RUN_MS }
  const answers = await Promise.all(processes.map((each) => each.ask(rush)))
  const after = await serverLoad(redis)
  const ended = answers.flatMap(({ endedMs }) => endedMs)
  const endedMs = Math.min(...ended)
  const latencies = answers.flatMap(({ answeredMs }) => answeredMs.map((ms) => ms - endedMs))
  return {
    runs: ended.length,
    p99Ms: quantile(latencies, 0.99),
    requestsPerProcess: (after.requests - before.requests) / PROCESSES,
  }
}

function start(url: string, n: number): Promise<Caller> {
  return WorkerProcess.start(new URL('worker.ts', import.meta.url), {
    name: `duplicates ${n + 1}`,
    args: [url],
  })
}
