/** A process whose store is away: calls it so many times at once, and reports what became of the calls and of the heap. Needs --expose-gc. */
import { Once, isOnceError } from '@oncekit/once'
import type { OnceConfig, OnceDeps } from '@oncekit/once'
import { Redis } from '@oncekit/redis'

export interface Setup {
  readonly config: OnceConfig
  /** A connection with limits of its own, instead of the store's. */
  readonly redis?: Parameters<typeof Redis.create>[0]
}

export type Order =
  | { readonly do: 'storm'; readonly round: string; readonly callers: number }
  | { readonly do: 'one'; readonly key: string; readonly untilMs: number }
  | { readonly do: 'measure' }

/** Heap and buffers, after garbage collection. */
export interface Heap {
  readonly bytes: number
}

export interface Storm {
  /** How many calls ended so, by code; `ok` for those that succeeded. */
  readonly ends: Readonly<Record<string, number>>
  /** Ended in the turn of the event loop in which they were made, or the next. */
  readonly refusedAtOnce: number
  readonly ran: number
  readonly longestMs: number
  readonly before: Heap
  /** While all that are going to wait wait. */
  readonly during: Heap
  readonly after: Heap
}

export interface One {
  readonly value: string
  readonly tookMs: number
  readonly failures: number
}

const { gc } = globalThis
if (gc === undefined) throw new Error('run with --expose-gc')

const { config, redis } = JSON.parse(process.argv[2] ?? '') as Setup
const deps: OnceDeps = redis === undefined ? {} : { redis: await Redis.create(redis) }
const once = await Once.create(config, deps)
// What is made by the first call is there before anything is measured.
await once.execute('warm-up', () => 'warm')

process.on('message', (order: Order) => {
  void obey(order).then((report) => process.send?.(report))
})
process.on('disconnect', () => process.exit())
process.send?.('ready')

function obey(order: Order): Promise<Storm | One | Heap> {
  switch (order.do) {
    case 'storm':
      return storm(order.round, order.callers)
    case 'one':
      return one(order.key, order.untilMs)
    case 'measure':
      return measure()
    default:
      return order satisfies never
  }
}

async function storm(round: string, callers: number): Promise<Storm> {
  const before = await measure()
  const ends: Record<string, number> = {}
  let [settled, ran, longestMs] = [0, 0, 0]
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const startedMs = performance.now()
  const end = (label: string): void => {
    ends[label] = (ends[label] ?? 0) + 1
    longestMs = Math.max(longestMs, performance.now() - startedMs)
    if (++settled === callers) resolve()
  }
  for (let caller = 0; caller < callers; caller++) {
    once
      .execute(`${round}:${caller}`, () => {
        ran++
        return 'ran'
      })
      .then(
        () => end('ok'),
        (error: unknown) => end(isOnceError(error) ? error.code : String(error)),
      )
  }
  // One turn to ask, one to be refused.
  await turn()
  await turn()
  const refusedAtOnce = settled
  const during = await measure()
  await over
  return { ends, refusedAtOnce, ran, longestMs, before, during, after: await measure() }
}

/** Asks until it is answered: how long that takes is how long recovery does. */
async function one(key: string, untilMs: number): Promise<One> {
  const startedMs = performance.now()
  for (let failures = 0; ; failures++) {
    try {
      const value = await once.execute(key, () => 'recovered')
      return { value, failures, tookMs: performance.now() - startedMs }
    } catch (error) {
      if (performance.now() - startedMs > untilMs) throw error
    }
  }
}

async function measure(): Promise<Heap> {
  for (let pass = 0; pass < 4; pass++) {
    gc?.()
    await turn()
  }
  const { heapUsed, external } = process.memoryUsage()
  return { bytes: heapUsed + external }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
