import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import type { OnceRecord } from '@oncekit/once'
import { describe, expect, test } from 'vitest'

import type { Order, Report } from './sqlite-child.ts'
import { SqliteFile } from './sqlite-file.ts'
import { claimOf, commitOf, doneOf, keyOf } from './sqlite-requests.ts'

describe('processes that share a SQLite file', () => {
  test('grant a key to one of 4 × 25 callers', async () => {
    await using file = await SqliteFile.create()
    await using fleet = await Fleet.start(file.path, 4)
    for (let round = 0; round < 5; round += 1) {
      const reports = await fleet.all({ do: 'claim', name: `round-${round}`, times: 25 })
      expect(sum(reports.map(({ claimed }) => claimed))).toBe(1)
      expect(reports.flatMap(({ others }) => others)).toEqual(Array(99).fill('executing'))
    }
  })

  test('never give one fence twice, and each sees its own grow', async () => {
    await using file = await SqliteFile.create()
    await using fleet = await Fleet.start(file.path, 4)
    const reports = await Promise.all(
      fleet.children.map((child, index) => child.order(run(`process-${index}`, 200, 8))),
    )
    const fences = reports.flatMap((report) => report.fences)
    expect(fences).toHaveLength(800)
    expect(new Set(fences).size).toBe(800)
    for (const report of reports)
      expect(report.fences).toEqual(report.fences.toSorted((a, b) => a - b))
  })

  test('all get their turn at the lock under steady load', async () => {
    await using file = await SqliteFile.create()
    await using fleet = await Fleet.start(file.path, 4)
    // Each step has its deadline: one that starved would be reported as a failure.
    const reports = await Promise.all(
      fleet.children.map((child, index) => child.order(run(`process-${index}`, 1000, 16))),
    )
    expect(reports.map(({ claimed }) => claimed)).toEqual([1000, 1000, 1000, 1000])
  })

  test('run each of the same keys in one process', async () => {
    await using file = await SqliteFile.create()
    await using fleet = await Fleet.start(file.path, 3)
    const reports = await fleet.all(run('shared', 200, 8))
    expect(sum(reports.map(({ claimed }) => claimed))).toBe(200)
  })

  test('tell each other when a watched run ends, with its outcome', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open()
    const other = await file.open()
    for (let round = 0; round < 20; round += 1) {
      const claim = claimOf(`watched-${round}`)
      await store.claim(claim)
      const ended = Promise.withResolvers<OnceRecord | undefined>()
      const stop = await other.watch(claim.key, ended.resolve)
      await other.claim(claimOf(`watched-${round}`, { wait: true }))
      await store.commit(commitOf(claim))
      const record = await ended.promise
      expect(record?.state).toBe('succeeded')
      expect(String(record?.body)).toBe('"value"')
      stop()
    }
    expect(await other.health()).toMatchObject({ details: { watching: 'off' } })
  })

  test('keep what a killed process had committed, and what it was running until its lease is over', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open()
    const fleet = await Fleet.start(file.path, 1)
    await fleet.all(run('done', 20, 4))
    await fleet.all({ do: 'claim', name: 'running', times: 1 })
    await fleet[Symbol.asyncDispose]()
    expect(await store.claim(claimOf('done-19'))).toMatchObject({ status: 'done' })
    const running = await store.claim(claimOf('running'))
    expect(running).toMatchObject({ status: 'executing' })
  })
})

describe('a process that is stopped inside a transaction', () => {
  test('makes others answer by their deadline; they heal when it is killed', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open({ storeTimeoutMs: 200 })
    await store.claim(doneOf('done'))
    await using fleet = await Fleet.start(file.path, 1)
    await fleet.all({ do: 'lock' })
    fleet.signal('SIGSTOP')
    await expect(store.claim(claimOf('a'))).rejects.toMatchObject({
      code: 'ONCE_STORE_UNAVAILABLE',
    })
    expect(await store.claim(claimOf('done'))).toMatchObject({ status: 'done' })
    fleet.signal('SIGKILL')
    await expect
      .poll(() => store.claim(claimOf('a')).catch((error: unknown) => error), { timeout: 10_000 })
      .toMatchObject({ status: 'claimed' })
    // What it had not committed never was.
    expect(await store.read(keyOf('done'))).toMatchObject({ record: { state: 'succeeded' } })
  })

  test('blocks nobody any more once it goes on', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open({ storeTimeoutMs: 10_000 })
    await using fleet = await Fleet.start(file.path, 1)
    const [child] = fleet.children
    const work = child?.order(run('other', 300, 4))
    await expect.poll(() => store.read(keyOf('other-0'))).toBeDefined()
    fleet.signal('SIGSTOP')
    // Wherever it was stopped, holding the lock or not.
    const claim = store.claim(claimOf('a'))
    fleet.signal('SIGCONT')
    expect(await claim).toMatchObject({ status: 'claimed' })
    expect(await work).toMatchObject({ claimed: 300 })
  })
})

function run(name: string, keys: number, callers: number): Order {
  return { do: 'run', names: Array.from({ length: keys }, (_, n) => `${name}-${n}`), callers }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

class Fleet implements AsyncDisposable {
  readonly children: readonly Child[]

  private constructor(children: readonly Child[]) {
    this.children = children
  }

  static async start(path: string, size: number): Promise<Fleet> {
    return new Fleet(await Promise.all(Array.from({ length: size }, () => Child.start(path))))
  }

  all(order: Order): Promise<readonly Report[]> {
    return Promise.all(this.children.map((child) => child.order(order)))
  }

  signal(signal: NodeJS.Signals): void {
    for (const child of this.children) child.process.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.children.map((child) => child.kill()))
  }
}

class Child {
  readonly process: ChildProcess

  private constructor(process: ChildProcess) {
    this.process = process
  }

  static async start(path: string): Promise<Child> {
    const file = fileURLToPath(new URL('sqlite-child.ts', import.meta.url))
    const child = new Child(fork(file, [path], { execArgv: ['--conditions=@oncekit/source'] }))
    await once(child.process, 'message')
    return child
  }

  async order(order: Order): Promise<Report> {
    const answer = once(this.process, 'message')
    this.process.send(order)
    const [report]: (Report | { failure: string })[] = await answer
    if (report === undefined || 'failure' in report) throw new Error(report?.failure ?? 'no report')
    return report
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const ended = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await ended
  }
}
