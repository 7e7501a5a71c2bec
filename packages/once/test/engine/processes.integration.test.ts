import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Once } from '@oncekit/once'
import type { OnceConfig } from '@oncekit/once'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'

import { WorkerProcess, readLedger } from './support/worker-process.ts'
import type { LedgerLine } from './support/worker-process.ts'

const LEASE_MS = 1_200

describe.for(['redis', 'sqlite'])('several processes on %s', (kind) => {
  let folder: string
  let config: OnceConfig
  let pool: readonly WorkerProcess[]
  let key: string
  const open = new AsyncDisposableStack()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oncekit-processes-'))
    open.defer(() => rm(folder, { recursive: true, force: true }))
    config = {
      ...Once.defaultConfig('test'),
      store: kind === 'redis' ? inject('redisUrl') : `sqlite:${join(folder, 'once.db')}`,
      prefix: `processes-${randomUUID()}`,
      lease: LEASE_MS,
      storeTimeout: 390,
    }
    pool = await Promise.all([1, 2, 3, 4].map(worker))
  })

  afterAll(() => open.disposeAsync())

  beforeEach(() => {
    key = randomUUID()
  })

  // Also after a test that failed while one was frozen.
  afterEach(() => {
    for (const each of pool) each.resume()
  })

  const worker = async (): Promise<WorkerProcess> =>
    open.use(await WorkerProcess.start(config, join(folder, 'ledger')))
  const pair = (): readonly [WorkerProcess, WorkerProcess] => {
    const [first, second] = pool
    if (first === undefined || second === undefined) throw new Error('the workers did not start')
    return [first, second]
  }
  const lines = (): readonly LedgerLine[] =>
    readLedger(join(folder, 'ledger')).filter((line) => line.key.startsWith(key))
  const starts = (): readonly LedgerLine[] => lines().filter((line) => line.aborted !== true)
  const begun = (): Promise<void> =>
    expect.poll(() => starts().length, { timeout: 10_000, interval: 10 }).toBe(1)

  test('I1 I2 I14 four processes with 25 callers each share one run and its value, types and all', async () => {
    const reports = (
      await Promise.all(pool.map((each) => each.execute(key, { callers: 25, runsMs: 200 })))
    ).flat()
    const ran = starts()
    expect(ran).toHaveLength(1)
    expect(reports).toHaveLength(100)
    for (const { outcome } of reports) {
      expect(outcome?.value).toEqual({
        by: ran[0]?.pid,
        at: new Date(200),
        big: 2n ** 70n,
        map: new Map([['a', expect.any(Uint8Array)]]),
      })
    }
    expect(reports.filter(({ outcome }) => outcome?.replayed === false)).toHaveLength(1)
  })

  test('I5 a callback three leases long runs once, though others wait for it', async () => {
    const [first, second] = pair()
    const owner = first.execute(key, { runsMs: LEASE_MS * 3 })
    await begun()
    const waiter = second.execute(key, { runsMs: 0 })
    const [ran, waited] = [await owner, await waiter]
    expect(ran?.[0]?.outcome).toMatchObject({ replayed: false, attempt: 1, leaseLost: false })
    expect(waited?.[0]?.outcome).toMatchObject({ replayed: true, value: ran?.[0]?.outcome?.value })
    expect(starts()).toHaveLength(1)
  })

  test('I3 I6 when the owner is killed another process runs no later than a lease and a second', async () => {
    const [heir] = pair()
    const owner = await worker()
    void owner.execute(key, { runsMs: 60_000 })
    await begun()
    const inherited = heir.execute(key)
    await owner.kill()
    const killedAtMs = performance.now()
    const report = await inherited
    expect(performance.now() - killedAtMs).toBeLessThan(LEASE_MS + 1_000)
    expect(report?.[0]?.outcome).toMatchObject({ replayed: false, attempt: 2 })
    const [first, second] = starts()
    expect(second?.fence).toBeGreaterThan(first?.fence ?? Infinity)
    expect(second?.pid).toBe(heir.pid)
  })

  test('I7 a process frozen beyond its lease commits nothing when it goes on: its caller gets the value of the winner', async () => {
    const [frozen, winner] = pair()
    const first = frozen.execute(key, { runsMs: 500 })
    await begun()
    frozen.pause()
    const won = await winner.execute(key)
    expect(won?.[0]?.outcome).toMatchObject({ replayed: false, attempt: 2 })
    await sleep(100)
    frozen.resume()
    const lost = await first
    expect(lost?.[0]?.outcome).toMatchObject({ replayed: true, leaseLost: true, attempt: 2 })
    expect(lost?.[0]?.outcome?.value).toEqual(won?.[0]?.outcome?.value)
    const again = await winner.execute(key)
    expect(again?.[0]?.outcome?.value).toEqual(won?.[0]?.outcome?.value)
    expect(starts()).toHaveLength(2)
  })

  test('I7 the callback of a frozen process is told when the process goes on', async () => {
    const [frozen, winner] = pair()
    const first = frozen.execute(key, { runsMs: LEASE_MS * 2 })
    await begun()
    frozen.pause()
    await winner.execute(key)
    frozen.resume()
    await expect
      .poll(() => lines().some((line) => line.aborted === true && line.pid === frozen.pid))
      .toBe(true)
    await first
  })

  test('I7 an owner whose key went to another payload while it was frozen gets ONCE_LEASE_LOST', async () => {
    const [frozen, winner] = pair()
    const first = frozen.execute(key, { runsMs: 500, payload: 1 })
    await begun()
    frozen.pause()
    await using operator = await Once.create(config)
    await operator.clear(key, { force: true })
    await winner.execute(key, { payload: 2 })
    frozen.resume()
    expect(await first).toEqual([{ code: 'ONCE_LEASE_LOST' }])
  })

  test('I1 a frozen process that is not missed by anybody commits late', async () => {
    const [frozen] = pair()
    const first = frozen.execute(key, { runsMs: 500 })
    await begun()
    frozen.pause()
    await sleep(LEASE_MS + 200)
    frozen.resume()
    expect((await first)?.[0]?.outcome).toMatchObject({
      replayed: false,
      leaseLost: false,
      attempt: 1,
    })
  })

  test('I1 I5 of many keys each runs once, however the processes race', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `${key} ${index + 10}`)
    await Promise.all(pool.flatMap((each) => keys.map((one) => each.execute(one, { callers: 2 }))))
    expect(new Set(starts().map((line) => line.key))).toEqual(new Set(keys))
    expect(starts()).toHaveLength(keys.length)
  })
})
