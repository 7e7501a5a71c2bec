import { expect } from 'vitest'

import {
  claimed,
  claimRequest,
  commitRequest,
  declareEffect,
  extendRequest,
  LONG_MS,
  releaseRequest,
  SHORT_MS,
  succeeded,
} from './requests.ts'
import { scanAll } from './scan-all.ts'
import type { Promises } from './trial.ts'

export const expiryPromises: Promises = (promise, traits) => {
  promise('starts when the outcome is committed, not when the key is claimed', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key(), { ttlMs: SHORT_MS })
    await trial.pass(2 * SHORT_MS)
    expect((await store.read(owner.key))?.record.state).toBe('executing')
    await store.commit(commitRequest(owner, { ttlMs: LONG_MS }))
    trial.expectLeft((await store.read(owner.key))?.expiresInMs, LONG_MS)
  })

  promise('over, the key reads as none and is claimed as new', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    await store.commit(commitRequest(owner, { ttlMs: SHORT_MS }))
    await trial.pass(SHORT_MS)
    expect(await scanAll(store, { prefix: trial.prefix, suffixPrefix: ':' })).toEqual([])
    expect(await store.read(owner.key)).toBeUndefined()
    expect(await store.touch(owner.key, LONG_MS)).toBe('none')
    expect(await store.remove(owner.key, 'idle')).toBe('none')
    expect(await store.extend(extendRequest(owner))).toBe('lost')
    expect(await store.commit(commitRequest(owner))).toBe('lost')
    expect(await claimed(store, owner.key)).toMatchObject({ attempt: 1, takeover: false })
  })

  if (traits.clock === 'injected' && traits.ttlResolutionMs <= 1) {
    promise('is kept to the millisecond', async (trial) => {
      const { store } = trial
      await claimed(store, trial.key(), { outcome: succeeded('1'), ttlMs: 1000 })
      await trial.advance(999)
      expect((await store.read(trial.key()))?.expiresInMs).toBe(1)
      await trial.advance(1)
      expect(await store.read(trial.key())).toBeUndefined()
    })
  }

  promise('is that of the claimant: other claims do not change it', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    await store.claim(claimRequest(owner.key, { ttlMs: 5, leaseMs: 5, wait: true }))
    trial.expectLeft((await store.read(owner.key))?.expiresInMs, 2 * LONG_MS)
    await store.commit(commitRequest(owner))
    await store.claim(claimRequest(owner.key, { ttlMs: 5, leaseMs: 5, wait: true }))
    await store.claim(claimRequest(owner.key, { ttlMs: 5, outcome: succeeded('2') }))
    trial.expectLeft((await store.read(owner.key))?.expiresInMs, LONG_MS)
  })

  promise(
    'of a running key is its lease and the time to live, from the last extension',
    async (trial) => {
      const { store } = trial
      const owner = await claimed(store, trial.key(), { leaseMs: SHORT_MS, ttlMs: LONG_MS })
      trial.expectLeft((await store.read(owner.key))?.expiresInMs, SHORT_MS + LONG_MS)
      await store.extend(extendRequest(owner, { leaseMs: LONG_MS, ttlMs: 2 * LONG_MS }))
      trial.expectLeft((await store.read(owner.key))?.expiresInMs, 3 * LONG_MS)
    },
  )

  promise(
    'of a key whose owner died ends its record, so that it is not kept for ever',
    async (trial) => {
      const { store } = trial
      await claimed(store, trial.key(), { leaseMs: SHORT_MS, ttlMs: SHORT_MS })
      await trial.pass(2 * SHORT_MS)
      expect(await store.read(trial.key())).toBeUndefined()
      expect(await claimed(store, trial.key())).toMatchObject({ attempt: 1, takeover: false })
    },
  )

  promise('is set anew by a touch, longer and shorter', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key(), { outcome: succeeded('1'), ttlMs: SHORT_MS })
    const before = await store.read(owner.key)
    expect(await store.touch(owner.key, LONG_MS)).toBe('touched')
    trial.expectLeft((await store.read(owner.key))?.expiresInMs, LONG_MS)
    await trial.pass(SHORT_MS)
    expect((await store.read(owner.key))?.record).toEqual(before?.record)

    expect(await store.touch(owner.key, SHORT_MS)).toBe('touched')
    await trial.pass(SHORT_MS)
    expect(await store.read(owner.key)).toBeUndefined()
  })

  promise(
    'is not touched while the key runs, waits for a decision, or was released',
    async (trial) => {
      const { store } = trial
      expect(await store.touch(trial.key('unknown'), LONG_MS)).toBe('none')

      const running = await claimed(store, trial.key('running'))
      expect(await store.touch(running.key, 5)).toBe('executing')

      const effectful = await claimed(store, trial.key('effectful'))
      await store.extend(declareEffect(effectful))
      expect(await store.touch(effectful.key, 5)).toBe('executing')
      const outcome = { state: 'indeterminate', codec: 0, body: '' } as const
      await store.commit(commitRequest(effectful, { outcome }))
      expect(await store.touch(effectful.key, 5)).toBe('executing')

      const released = await claimed(store, trial.key('released'))
      await store.release(releaseRequest(released, { ttlMs: LONG_MS, meta: '' }))
      expect(await store.touch(released.key, 5)).toBe('none')

      await trial.pass(5)
      for (const { key } of [running, effectful, released]) {
        expect(await store.read(key)).toBeDefined()
      }
    },
  )

  promise('may be as long as 100 years', async (trial) => {
    const years = 100 * 365 * 86_400_000
    const owner = await claimed(trial.store, trial.key())
    await trial.store.commit(commitRequest(owner, { ttlMs: years }))
    trial.expectLeft((await trial.store.read(owner.key))?.expiresInMs, years)
  })
}
