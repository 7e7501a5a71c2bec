import { ManualClock } from '@oncekit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { OnceRecord } from '@oncekit/once'
import type { HostClock, SqliteOnceStore } from '../../src/stores/sqlite.ts'
import { OwnRuns } from '../../src/stores/sqlite/own-runs.ts'
import { SqliteFile } from './sqlite-file.ts'
import { claimOf, commitOf, DAY_MS, doneOf, keyOf } from './sqlite-requests.ts'

// A store remembers what its claims wrote, and commits over it without a look. Each test changes the row behind its back.
describe('a run that a SQLite store began', () => {
  let file: SqliteFile
  let clock: ManualClock
  let store: SqliteOnceStore
  let other: SqliteOnceStore

  beforeEach(async () => {
    file = await SqliteFile.create()
    clock = new ManualClock()
    store = await file.open({ clock: hostClock(clock) })
    other = await file.open({ clock: hostClock(clock) })
  })

  afterEach(() => file[Symbol.asyncDispose]())

  test('wakes those who began to wait elsewhere', async () => {
    const claim = claimOf('a')
    await store.claim(claim)
    expect(await other.claim(claimOf('a', { wait: true }))).toMatchObject({ status: 'executing' })
    const told: (string | undefined)[] = []
    const stop = await store.watch(claim.key, (record) => told.push(record?.state))
    expect(await store.commit(commitOf(claim))).toBe('committed')
    await expect.poll(() => told).toEqual(['succeeded'])
    stop()
  })

  test('is lost when another process took it over', async () => {
    const claim = claimOf('a')
    await store.claim(claim)
    const ahead = new ManualClock()
    await ahead.advance(claim.leaseMs)
    const later = await file.open({ clock: hostClock(ahead) })
    const next = claimOf('a')
    expect(await later.claim(next)).toMatchObject({ status: 'claimed', takeover: true })
    expect(await store.commit(commitOf(claim, '"late"'))).toBe('lost')
    expect(await later.commit(commitOf(next))).toBe('committed')
    expect(String((await store.read(claim.key))?.record.body)).toBe('"value"')
  })

  test('is lost when it was cleared', async () => {
    const claim = claimOf('a')
    await store.claim(claim)
    await other.remove(claim.key)
    expect(await store.commit(commitOf(claim))).toBe('lost')
    expect(await store.read(claim.key)).toBeUndefined()
  })

  test('leaves the key to whoever claimed it after a clear', async () => {
    const claim = claimOf('a')
    const next = claimOf('a')
    await store.claim(claim)
    await other.remove(claim.key)
    await other.claim(next)
    expect(await store.commit(commitOf(claim, '"late"'))).toBe('lost')
    expect(await other.commit(commitOf(next))).toBe('committed')
    expect(String((await store.read(claim.key))?.record.body)).toBe('"value"')
  })

  test('leaves another key alone that was given its row', async () => {
    const claim = claimOf('a')
    const stranger = claimOf('b', { token: claim.token })
    await store.claim(claim)
    await other.remove(claim.key)
    await other.claim(stranger)
    expect(await rowIds(file)).toEqual([1])
    expect(await store.commit(commitOf(claim))).toBe('lost')
    expect(await other.read(stranger.key)).toMatchObject({ record: { state: 'executing' } })
  })

  test('keeps the fence of the generation that is there when the same token claimed twice', async () => {
    const claim = claimOf('a')
    const first = await store.claim(claim)
    await other.remove(claim.key)
    const second = await other.claim(claim)
    expect(await store.commit(commitOf(claim))).toBe('committed')
    const fence = (await other.read(claim.key))?.record.fence
    expect(second).toMatchObject({ status: 'claimed', fence })
    expect(first).not.toMatchObject({ fence })
  })

  test('may be committed late, until its record has expired', async () => {
    const late = claimOf('late', { leaseMs: 100, ttlMs: 1000 })
    const tooLate = claimOf('too late', { leaseMs: 100, ttlMs: 1000 })
    await Promise.all([store.claim(late), store.claim(tooLate)])
    await clock.advance(1099)
    expect(await store.commit(commitOf(late))).toBe('committed')
    await clock.advance(1)
    expect(await store.commit(commitOf(tooLate))).toBe('lost')
  })

  test('goes on from what its owner wrote through another process', async () => {
    const claim = claimOf('a')
    await store.claim(claim)
    await other.extend({ ...claim, patch: { effect: true } })
    expect(await store.release(claim)).toBe('lost')
    expect(await store.commit(commitOf(claim))).toBe('committed')
  })

  test('keeps its steps and declared effect from one extension to the next', async () => {
    const claim = claimOf('a')
    await store.claim(claim)
    await store.extend({ ...claim, patch: { progress: { codec: 1, body: '["step"]' } } })
    await store.extend({ ...claim, patch: { effect: true } })
    await clock.advance(1)
    await store.extend(claim)
    const read = await other.read(claim.key)
    expect(read).toMatchObject({
      expiresInMs: undefined,
      leaseLeftMs: claim.leaseMs,
      record: { effect: true },
    })
    expect(String(read?.record.body)).toBe('["step"]')
    expect(await store.commit(commitOf(claim))).toBe('committed')
    expect(await other.read(claim.key)).toMatchObject({ expiresInMs: DAY_MS })
  })

  test('is committed once, by the first of two', async () => {
    const claim = claimOf('a')
    await store.claim(claim)
    const answers = [store.commit(commitOf(claim)), store.commit(commitOf(claim, '"other"'))]
    expect(await Promise.all(answers)).toEqual(['committed', 'committed'])
    expect(String((await other.read(claim.key))?.record.body)).toBe('"value"')
  })

  test('cannot be committed after its release', async () => {
    const claim = claimOf('a')
    await store.claim(claim)
    await store.release({ ...claim, keep: { ttlMs: 1000, meta: '' } })
    expect(await store.commit(commitOf(claim))).toBe('lost')
  })

  test('that another process damaged is reported as unreadable', async () => {
    const claim = claimOf('a')
    await store.claim(claim)
    await file.plant(claim.key, Buffer.from([9, 9, 9]))
    await expect(store.commit(commitOf(claim))).rejects.toMatchObject({
      code: 'ONCE_RECORD_UNREADABLE',
    })
  })

  test('costs its commit no look at the row', async () => {
    const claim = claimOf('a')
    await store.claim(claim)
    // A row that is only looked at through this view cannot be found by its name any more.
    await file.tamper((db) => db.exec("UPDATE records SET name = 'test}:moved'"))
    expect(await store.commit(commitOf(claim))).toBe('committed')
    expect(await store.read(keyOf('moved'))).toMatchObject({ record: { state: 'succeeded' } })
  })
})

describe('the runs that a store remembers', () => {
  test('are given away once, to their own key and token', () => {
    const runs = new OwnRuns()
    const run = { id: 1, name: 'a', record: executing('0'.repeat(32)), bytes: Buffer.alloc(56) }
    runs.keep(run)
    expect(runs.take('b', run.record.token)).toBeUndefined()
    expect(runs.take('a', 'f'.repeat(32))).toBeUndefined()
    expect(runs.take('a', run.record.token)).toBe(run)
    expect(runs.take('a', run.record.token)).toBeUndefined()
  })

  test('are kept apart by any of the last three digits of their tokens', () => {
    const runs = new OwnRuns()
    const tokens = Array.from({ length: 4096 }, (_, n) => n.toString(16).padStart(32, '0'))
    for (const token of tokens)
      runs.keep({ id: 1, name: 'a', record: executing(token), bytes: Buffer.alloc(56) })
    expect(tokens.filter((token) => runs.take('a', token) === undefined)).toEqual([])
  })

  test('are those that run, and small', () => {
    const runs = new OwnRuns()
    const token = '0'.repeat(32)
    const forgotten = [
      { record: { ...executing(token), state: 'released' as const }, bytes: Buffer.alloc(56) },
      { record: { ...executing(token), body: Buffer.of(1) }, bytes: Buffer.alloc(57) },
      { record: executing(token), bytes: Buffer.alloc(4000) },
    ]
    for (const run of forgotten) {
      runs.keep({ id: 1, name: 'a', ...run })
      expect(runs.take('a', token)).toBeUndefined()
    }
  })
})

test('claims and timers take turns, however fast callers come again', async () => {
  await using file = await SqliteFile.create()
  const store = await file.open({ synchronous: 'normal' })
  const timer = AbortSignal.timeout(5)
  for (let n = 0; n < 100_000 && !timer.aborted; n += 1) await store.claim(doneOf(`${n}`))
  expect(timer.aborted).toBe(true)
})

function hostClock(clock: ManualClock): HostClock {
  return { now: () => clock.now(), monotonic: () => clock.monotonic(), bootId: 'one boot' }
}

function rowIds(file: SqliteFile): Promise<unknown[]> {
  return file.tamper((db) =>
    db
      .prepare('SELECT id FROM records')
      .all()
      .map(({ id }) => id),
  )
}

function executing(token: string): OnceRecord {
  return {
    state: 'executing',
    attempt: 1,
    fence: 1,
    token,
    fingerprint: '',
    effect: false,
    waiters: false,
    atMs: 1,
    meta: '',
    codec: 0,
    body: '',
  }
}
