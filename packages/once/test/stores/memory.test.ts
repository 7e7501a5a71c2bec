import { storeConformance } from '@oncekit/once/conformance'
import { describe, expect, test } from 'vitest'

import { ManualClock } from '@oncekit/testing'
import { claimed, claimRequest, commitRequest, succeeded } from '../../src/conformance/requests.ts'
import { MemoryOnceStore } from '../../src/stores/memory.ts'

storeConformance(
  'memory, its time injected,',
  async () => {
    const clock = new ManualClock()
    return {
      store: new MemoryOnceStore({ clock }),
      advance: async (ms) => clock.advance(ms),
    }
  },
  { clock: 'injected', fences: 'store', records: 'objects' },
)

storeConformance('memory', async () => ({ store: new MemoryOnceStore() }), {
  fences: 'store',
  records: 'objects',
})

test('the token of a run commits its own key in a memory store, and no other', async () => {
  await using store = new MemoryOnceStore()
  const { token } = await claimed(store, 'key')
  await claimed(store, 'other')
  expect(await store.commit(commitRequest({ key: 'other', token }))).toBe('lost')
  expect((await store.read('other'))?.record.state).toBe('executing')
  expect((await store.read('key'))?.record.state).toBe('executing')
})

describe('a full memory store', () => {
  test('refuses new keys and says which setting helps; it drops no live record', async () => {
    await using store = new MemoryOnceStore({ maxEntries: 2, clock: new ManualClock() })
    const running = await claimed(store, 'running')
    await claimed(store, 'done', { outcome: succeeded('1') })
    const refused = store.claim(claimRequest('third'))
    await expect(refused).rejects.toMatchObject({ code: 'ONCE_STORE_FULL', retryable: true })
    await expect(refused).rejects.toThrow('maxEntries')
    expect((await store.health()).status).toBe('degraded')

    expect(await store.commit(commitRequest(running))).toBe('committed')
    expect((await store.read('done'))?.record.state).toBe('succeeded')
    expect(await store.read('third')).toBeUndefined()
  })

  test('counts bytes too, but never refuses the end of a run', async () => {
    await using store = new MemoryOnceStore({ maxBytes: 100 })
    const owner = await claimed(store, 'key')
    const large = claimRequest('large', { outcome: succeeded('x'.repeat(200)) })
    await expect(store.claim(large)).rejects.toMatchObject({ code: 'ONCE_STORE_FULL' })
    const outcome = succeeded('x'.repeat(200))
    expect(await store.commit(commitRequest(owner, { outcome }))).toBe('committed')
    await expect(store.claim(claimRequest('next'))).rejects.toMatchObject({
      code: 'ONCE_STORE_FULL',
    })
    await store.remove('key')
    expect(await store.claim(claimRequest('next'))).toMatchObject({ status: 'claimed' })
  })

  test('has room again when a record has expired', async () => {
    const clock = new ManualClock()
    await using store = new MemoryOnceStore({ maxEntries: 1, clock })
    await claimed(store, 'first', { outcome: succeeded('1'), ttlMs: 1000 })
    await expect(store.claim(claimRequest('second'))).rejects.toMatchObject({
      code: 'ONCE_STORE_FULL',
    })
    await clock.advance(1000)
    expect(await store.claim(claimRequest('second'))).toMatchObject({ status: 'claimed' })
  })
})

describe('a memory store that was searched for room', () => {
  test('finds what came later and expired sooner', async () => {
    const clock = new ManualClock()
    await using store = new MemoryOnceStore({ maxEntries: 2, clock })
    await claimed(store, 'a')
    await claimed(store, 'b')
    await expect(store.claim(claimRequest('c'))).rejects.toMatchObject({ code: 'ONCE_STORE_FULL' })
    await store.remove('a')
    await claimed(store, 'short', { outcome: succeeded('1'), ttlMs: 200 })
    await clock.advance(200)
    expect(await store.claim(claimRequest('c'))).toMatchObject({ status: 'claimed' })
  })
})

describe('an idle memory store', () => {
  test('sweeps expired records away by itself, and leaves no timer when it is empty or closed', async () => {
    const clock = new ManualClock()
    await using store = new MemoryOnceStore({ clock, cleanupIntervalMs: 60_000 })
    await claimed(store, 'key', { outcome: succeeded('1'), ttlMs: 1000 })
    expect((await store.health()).details).toMatchObject({ entries: 1 })
    await clock.advance(60_000)
    expect((await store.health()).details).toMatchObject({ entries: 0, bytes: 0 })
    expect(clock.pending).toBe(0)

    await claimed(store, 'key')
    expect(clock.pending).toBe(1)
    await store.close()
    expect(clock.pending).toBe(0)
  })
})
