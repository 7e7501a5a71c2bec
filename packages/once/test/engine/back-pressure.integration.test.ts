import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once as event } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'

import { Once } from '@oncekit/once'
import { Redis } from '@oncekit/redis'
import { startRedis } from '@oncekit/testing'
import { describe, expect, test } from 'vitest'

import { SqliteFile } from '../stores/sqlite-file.ts'
import type { Heap, One, Order, Setup, Storm } from './back-pressure-child.ts'

const CALLERS = 10_000
const STORE_TIMEOUT_MS = 2_000
/** Timers of a process that has ten thousand calls to end, on a machine that does something else besides. */
const SLACK_MS = 4_000
const RECOVERY_MS = 1_000

/**
 * What a call that waits may hold: two promises, its caller, operation and flight, its claim and the claim's place in a batch. 2.5 KB
 * were measured on Redis and SQLite; twice that is still a bound.
 */
const BYTES_PER_WAITING_CALL = 5_000
/** What one that was refused may: its error, until its caller has looked at it. */
const BYTES_PER_REFUSED_CALL = 2_000
/** Buffers and tables that were made large once, and are kept; a leak of 100 bytes a call would be more after three rounds. */
const LEFTOVER_BYTES = 3 * 1024 * 1024

describe.for(['redis', 'sqlite'] as const)(
  '10,000 callers at once, and the store (%s) away',
  (kind) => {
    test('each is told in time that it is, nothing runs, the heap stays small, and a second after it is back all is well', async () => {
      await using ground = await open(kind)
      await using service = await Service.start({ config: ground.config })
      const heaps: number[] = []
      for (const round of ['first', 'second', 'third']) {
        ground.pause()
        const storm = await service.storm(round, CALLERS)
        ground.resume()
        expect(storm.ends).toEqual({ ONCE_STORE_UNAVAILABLE: CALLERS })
        expect(storm.ran).toBe(0)
        expect(storm.longestMs).toBeLessThan(STORE_TIMEOUT_MS + SLACK_MS)
        expect(bytesPerCall(storm, CALLERS)).toBeLessThan(BYTES_PER_WAITING_CALL)

        const { value, tookMs } = await service.one(`after ${round}`)
        expect(value).toBe('recovered')
        expect(tookMs).toBeLessThan(RECOVERY_MS)
        // The claims that are given back in the background are, sooner or later.
        const limit = (heaps[0] ?? storm.before.bytes) + LEFTOVER_BYTES
        await expect
          .poll(async () => (await service.measure()).bytes, { timeout: 10_000, interval: 250 })
          .toBeLessThan(limit)
        heaps.push(storm.before.bytes)
      }
    })
  },
)

test('of more callers than may wait for Redis the rest are refused at once, and cost next to nothing', async () => {
  await using ground = await open('redis')
  // 20 scripts of at most 64 claims each.
  const redis = { ...Redis.defaultConfig('test'), url: ground.config.store, maxQueue: 20 }
  await using service = await Service.start({ config: ground.config, redis })
  ground.pause()
  const storm = await service.storm('crowd', CALLERS)
  ground.resume()
  expect(storm.ends).toEqual({ ONCE_STORE_UNAVAILABLE: CALLERS })
  expect(storm.ran).toBe(0)
  expect(storm.refusedAtOnce).toBeGreaterThanOrEqual(CALLERS - 20 * 64)
  expect(bytesPerCall(storm, CALLERS)).toBeLessThan(BYTES_PER_REFUSED_CALL)
  expect((await service.one('after the crowd')).tookMs).toBeLessThan(RECOVERY_MS)
})

interface Ground extends AsyncDisposable {
  readonly config: Setup['config']
  /** The store does not answer, and nobody is told. */
  pause(): void
  resume(): void
}

async function open(kind: 'redis' | 'sqlite'): Promise<Ground> {
  const defaults = { ...Once.defaultConfig('production'), storeTimeout: STORE_TIMEOUT_MS }
  if (kind === 'redis') {
    const server = await startRedis()
    return {
      config: { ...defaults, store: server.url },
      pause: () => server.pause(),
      resume: () => server.resume(),
      [Symbol.asyncDispose]: () => server.stop(),
    }
  }
  const file = await SqliteFile.create()
  let lock: Disposable | undefined
  const resume = (): void => {
    lock?.[Symbol.dispose]()
    lock = undefined
  }
  return {
    config: { ...defaults, store: `sqlite:${file.path}` },
    pause: () => {
      lock = lockOf(file.path)
    },
    resume,
    [Symbol.asyncDispose]: async () => {
      resume()
      await file[Symbol.asyncDispose]()
    },
  }
}

/** Holds the write lock of a file until it is disposed of. */
function lockOf(path: string): Disposable {
  const db = new DatabaseSync(path, { timeout: 1_000 })
  db.exec('BEGIN IMMEDIATE')
  return {
    [Symbol.dispose]() {
      db.exec('ROLLBACK')
      db.close()
    },
  }
}

function bytesPerCall(storm: Storm, callers: number): number {
  return (storm.during.bytes - storm.before.bytes) / callers
}

/** A process of its own, so that its heap is that of the calls and of nothing else. */
class Service implements AsyncDisposable {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(setup: Setup): Promise<Service> {
    const file = fileURLToPath(new URL('back-pressure-child.ts', import.meta.url))
    const child = fork(file, [JSON.stringify(setup)], {
      execArgv: ['--conditions=@oncekit/source', '--expose-gc'],
    })
    await event(child, 'message')
    return new Service(child)
  }

  storm(round: string, callers: number): Promise<Storm> {
    return this.#ask({ do: 'storm', round, callers })
  }

  one(key: string): Promise<One> {
    return this.#ask({ do: 'one', key, untilMs: 10_000 })
  }

  measure(): Promise<Heap> {
    return this.#ask({ do: 'measure' })
  }

  async #ask<Report>(order: Order): Promise<Report> {
    const answer = event(this.#child, 'message')
    this.#child.send(order)
    const [report] = (await answer) as [Report]
    return report
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const gone = event(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }
}
