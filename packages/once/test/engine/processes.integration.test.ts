import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Once } from '@oncekit/once'
import type { OnceConfig } from '@oncekit/once'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'

import { WorkerProcess, readLedger } from './support/worker-process.ts'
import type { LedgerLine } from './support/worker-process.ts'

const LEASE_MS = 1_200

describe.for(['redis', 'sqlite'])('several processes on %s', (kind) => {
  let folder: string
  let config: OnceConfig
  let open: AsyncDisposableStack

  beforeEach(async () => {
    open = new AsyncDisposableStack()
    folder = await mkdtemp(join(tmpdir(), 'oncekit-processes-'))
    open.defer(() => rm(folder, { recursive: true, force: true }))
    config = {
      ...Once.defaultConfig('test'),
      store: kind === 'redis' ? inject('redisUrl') : `sqlite:${join(folder, 'once.db')}`,
      prefix: `processes-${randomUUID()}`,
      lease: LEASE_MS,
      storeTimeout: 390,
    }
  })

  afterEach(() => open.disposeAsync())

  const worker = async (): Promise<WorkerProcess> =>
    open.use(await WorkerProcess.start(config, join(folder, 'ledger')))
  const workers = (count: number): Promise<WorkerProcess[]> =>
    Promise.all(Array.from({ length: count }, worker))
  const started = async (count = 1): Promise<readonly LedgerLine[]> =>
    expect
      .poll(() => starts(folder), { timeout: 10_000, interval: 10 })
      .toHaveLength(count)
      .then(() => starts(folder))

  test('I1 I2 I14 four processes with 25 callers each share one run and its value, types and all', async () => {
    const all = await workers(4)
    const reports = (
      await Promise.all(all.map((each) => each.execute('key', { callers: 25, runsMs: 200 })))
    ).flat()
    const lines = starts(folder)
    expect(lines).toHaveLength(1)
    expect(reports).toHaveLength(100)
    for (const { outcome } of reports) {
      expect(outcome?.value).toEqual({
        by: lines[0]?.pid,
        at: new Date(200),
        big: 2n ** 70n,
        map: new Map([['a', expect.any(Uint8Array)]]),
      })
    }
    expect(reports.filter(({ outcome }) => outcome?.replayed === false)).toHaveLength(1)
  })

  test('I5 a callback three leases long runs once, though others wait for it', async () => {
    const [first, second] = await workers(2)
    const owner = first?.execute('key', { runsMs: LEASE_MS * 3 })
    await started()
    const waiter = second?.execute('key', { runsMs: 0 })
    const [ran, waited] = [await owner, await waiter]
    expect(ran?.[0]?.outcome).toMatchObject({ replayed: false, attempt: 1, leaseLost: false })
    expect(waited?.[0]?.outcome).toMatchObject({ replayed: true, value: ran?.[0]?.outcome?.value })
    expect(starts(folder)).toHaveLength(1)
  })

  test('I3 I6 when the owner is killed another process runs no later than a lease and a second', async () => {
    const [owner, heir] = await workers(2)
    void owner?.execute('key', { runsMs: 60_000 })
    await started()
    const inherited = heir?.execute('key')
    await owner?.kill()
    const killedAtMs = performance.now()
    const report = await inherited
    expect(performance.now() - killedAtMs).toBeLessThan(LEASE_MS + 1_000)
    expect(report?.[0]?.outcome).toMatchObject({ replayed: false, attempt: 2 })
    const [first, second] = starts(folder)
    expect(second?.fence).toBeGreaterThan(first?.fence ?? Infinity)
    expect(second?.pid).toBe(heir?.pid)
  })

  test('I7 a process frozen beyond its lease commits nothing when it goes on: its caller gets the value of the winner', async () => {
    const [frozen, winner] = await workers(2)
    const first = frozen?.execute('key', { runsMs: 500 })
    await started()
    frozen?.pause()
    const won = await winner?.execute('key')
    expect(won?.[0]?.outcome).toMatchObject({ replayed: false, attempt: 2 })
    await sleep(100)
    frozen?.resume()
    const lost = await first
    expect(lost?.[0]?.outcome).toMatchObject({ replayed: true, leaseLost: true, attempt: 2 })
    expect(lost?.[0]?.outcome?.value).toEqual(won?.[0]?.outcome?.value)
    const again = await winner?.execute('key')
    expect(again?.[0]?.outcome?.value).toEqual(won?.[0]?.outcome?.value)
    expect(starts(folder)).toHaveLength(2)
  })

  test('I7 the callback of a frozen process is told when the process goes on', async () => {
    const [frozen, winner] = await workers(2)
    const first = frozen?.execute('key', { runsMs: LEASE_MS * 3 })
    await started()
    frozen?.pause()
    await winner?.execute('key')
    frozen?.resume()
    await expect
      .poll(
        () =>
          readLedger(join(folder, 'ledger')).some(
            (line) => line.aborted === true && line.pid === frozen?.pid,
          ),
        { timeout: 5_000 },
      )
      .toBe(true)
    await first
  })

  test('I7 an owner whose key went to another payload while it was frozen gets ONCE_LEASE_LOST', async () => {
    const [frozen, winner] = await workers(2)
    const first = frozen?.execute('key', { runsMs: 500, payload: 1 })
    await started()
    frozen?.pause()
    await using operator = await Once.create(config)
    await operator.clear('key', { force: true })
    await winner?.execute('key', { payload: 2 })
    frozen?.resume()
    expect(await first).toEqual([{ code: 'ONCE_LEASE_LOST' }])
  })

  test('I1 a frozen process that is not missed by anybody commits late', async () => {
    const [frozen] = await workers(1)
    const first = frozen?.execute('key', { runsMs: 500 })
    await started()
    frozen?.pause()
    await sleep(LEASE_MS + 200)
    frozen?.resume()
    expect((await first)?.[0]?.outcome).toMatchObject({
      replayed: false,
      leaseLost: false,
      attempt: 1,
    })
  })

  test('I1 I5 of many keys each runs once, however the processes race', async () => {
    const all = await workers(3)
    const keys = Array.from({ length: 40 }, (_, index) => `key ${index}`)
    await Promise.all(all.flatMap((each) => keys.map((key) => each.execute(key, { callers: 2 }))))
    const lines = starts(folder)
    expect(lines.map(({ key }) => key).toSorted()).toEqual(keys.toSorted())
  })
})

function starts(folder: string): readonly LedgerLine[] {
  return readLedger(join(folder, 'ledger')).filter((line) => line.aborted !== true)
}
