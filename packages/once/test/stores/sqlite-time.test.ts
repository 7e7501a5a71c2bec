import { describe, expect, test } from 'vitest'

import type { HostClock } from '../../src/stores/sqlite.ts'
import { SqliteFile } from './sqlite-file.ts'
import { claimOf, commitOf, DAY_MS, doneOf, keyOf } from './sqlite-requests.ts'

describe('a lease in a SQLite store', () => {
  test('is over after a boot, wherever the new clock stands', async () => {
    for (const uptimeMs of [5, 10_000_000]) {
      await using file = await SqliteFile.create()
      const before = await file.open({ clock: new Time({ bootId: 'a', uptimeMs: 1_000_000 }) })
      expect(await before.claim(claimOf('a'))).toMatchObject({ status: 'claimed', attempt: 1 })
      await before.close()

      const after = await file.open({ clock: new Time({ bootId: 'b', uptimeMs }) })
      expect((await after.read(keyOf('a')))?.leaseLeftMs).toBeLessThanOrEqual(0)
      expect(await after.claim(claimOf('a'))).toMatchObject({
        status: 'claimed',
        attempt: 2,
        takeover: true,
      })
    }
  })

  test('written after the boot counts like any other', async () => {
    await using file = await SqliteFile.create()
    await (await file.open({ clock: new Time({ bootId: 'a' }) })).close()
    const clock = new Time({ bootId: 'b' })
    const store = await file.open({ clock })
    await store.claim(claimOf('a', { leaseMs: 1000 }))
    clock.uptimeMs += 999
    expect(await store.claim(claimOf('a'))).toMatchObject({ status: 'executing', leaseLeftMs: 1 })
    clock.uptimeMs += 1
    expect(await store.claim(claimOf('a'))).toMatchObject({ status: 'claimed', takeover: true })
  })

  test('is not over before its owner counts it to be, by fractions of a millisecond', async () => {
    await using file = await SqliteFile.create()
    const clock = new Time({ uptimeMs: 1000.9 })
    const store = await file.open({ clock })
    await store.claim(claimOf('a', { leaseMs: 100 }))
    clock.uptimeMs = 1100.8
    expect(await store.claim(claimOf('a'))).toMatchObject({ status: 'executing' })
    clock.uptimeMs = 1101
    expect(await store.claim(claimOf('a'))).toMatchObject({ status: 'claimed' })
  })

  test('cannot be judged by a process of another boot while one of this boot is there', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open({ clock: new Time({ bootId: 'a' }) })
    await store.claim(claimOf('a'))
    await expect(
      file.open({ clock: new Time({ bootId: 'b' }), storeTimeoutMs: 50 }),
    ).rejects.toMatchObject({
      code: 'ONCE_STORE_UNAVAILABLE',
      message: expect.stringContaining('boot id'),
    })
    const fellow = await file.open({ clock: new Time({ bootId: 'a' }) })
    expect(await fellow.claim(claimOf('a'))).toMatchObject({ status: 'executing' })
  })

  test('without a boot id holds while another process is there, and ends with the last one', async () => {
    await using file = await SqliteFile.create()
    const clock = new Time({ bootId: undefined })
    const store = await file.open({ clock })
    await store.claim(claimOf('a'))
    const fellow = await file.open({ clock })
    expect(await fellow.claim(claimOf('a'))).toMatchObject({ status: 'executing' })
    await store.close()
    await fellow.close()
    const later = await file.open({ clock })
    expect(await later.claim(claimOf('a'))).toMatchObject({ status: 'claimed', takeover: true })
  })

  test.each([DAY_MS, -DAY_MS])(
    'does not care for a wall clock shifted by %s ms',
    async (shiftMs) => {
      await using file = await SqliteFile.create()
      const clock = new Time({})
      const store = await file.open({ clock, cleanupIntervalMs: 5 })
      const claim = claimOf('a', { ttlMs: 1000, leaseMs: 1000 })
      await store.claim(claim)
      clock.wallMs += shiftMs
      // Long enough for the sweeper to have come by.
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(await store.claim(claimOf('a'))).toMatchObject({ status: 'executing' })
      expect(await store.commit(commitOf(claim))).toBe('committed')
    },
  )
})

describe('the wall clock of a SQLite store', () => {
  test('says how long an outcome is kept', async () => {
    await using file = await SqliteFile.create()
    const clock = new Time({})
    const store = await file.open({ clock })
    await store.claim(doneOf('a', DAY_MS))
    clock.wallMs += DAY_MS - 1
    expect((await store.read(keyOf('a')))?.expiresInMs).toBe(1)
    clock.wallMs += 1
    expect(await store.read(keyOf('a'))).toBeUndefined()
    expect(await store.claim(claimOf('a'))).toMatchObject({ status: 'claimed', attempt: 1 })
  })

  test('set back does not set fences back, even for a key that was cleared', async () => {
    await using file = await SqliteFile.create()
    const clock = new Time({})
    const store = await file.open({ clock })
    const first = await store.claim(claimOf('a'))
    await store.remove(keyOf('a'))
    await store.close()
    clock.wallMs -= DAY_MS
    const later = await file.open({ clock })
    const second = await later.claim(claimOf('a'))
    if (first.status !== 'claimed' || second.status !== 'claimed') throw new Error('not claimed')
    expect(second.fence).toBeGreaterThan(first.fence)
  })
})

describe('what has expired', () => {
  test('is deleted from the file in the background, abandoned runs too', async () => {
    await using file = await SqliteFile.create()
    const clock = new Time({})
    const store = await file.open({ clock, cleanupIntervalMs: 5 })
    await Promise.all(Array.from({ length: 600 }, (_, n) => store.claim(doneOf(`done-${n}`, 1000))))
    await store.claim(claimOf('abandoned', { leaseMs: 500, ttlMs: 500 }))
    await store.claim(doneOf('kept', DAY_MS))
    clock.wallMs += 1000
    clock.uptimeMs += 1000
    await expect
      .poll(() => file.tamper((db) => db.prepare('SELECT name FROM records').all()), {
        timeout: 5000,
      })
      .toEqual([{ name: 'test}:kept' }])
  })

  test('is deleted while callers come without a pause', async () => {
    await using file = await SqliteFile.create()
    const clock = new Time({})
    const store = await file.open({ clock, cleanupIntervalMs: 5, synchronous: 'normal' })
    await Promise.all(Array.from({ length: 300 }, (_, n) => store.claim(doneOf(`done-${n}`, 1000))))
    clock.wallMs += 1000
    const left = (): Promise<unknown[]> =>
      file.tamper((db) => db.prepare("SELECT id FROM records WHERE name GLOB 'test}:done*'").all())
    for (let round = 0; round < 100 && (await left()).length > 0; round += 1)
      for (let n = 0; n < 500; n += 1) await store.claim(doneOf(`new-${round}-${n}`))
    expect(await left()).toEqual([])
  })
})

class Time implements HostClock {
  readonly bootId: string | undefined
  uptimeMs: number
  wallMs: number = Date.UTC(2026, 0, 1)

  constructor(start: { bootId?: string | undefined; uptimeMs?: number }) {
    this.bootId = 'bootId' in start ? start.bootId : 'a'
    this.uptimeMs = start.uptimeMs ?? 1_000_000
  }

  now(): number {
    return this.wallMs
  }

  monotonic(): number {
    return this.uptimeMs
  }
}
