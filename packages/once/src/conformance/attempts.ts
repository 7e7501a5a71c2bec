import { expect } from 'vitest'

import {
  claimed,
  claimRequest,
  commitRequest,
  LONG_MS,
  releaseRequest,
  SHORT_MS,
  succeeded,
} from './requests.ts'
import type { Promises } from './trial.ts'

export const attemptPromises: Promises = (promise) => {
  promise('are counted over releases and dead owners alike, up to the limit', async (trial) => {
    const { store } = trial
    const key = trial.key()
    const keep = { ttlMs: LONG_MS, meta: '' }
    const first = await claimed(store, key, { attemptLimit: 3 })
    await store.release(releaseRequest(first, keep))
    const second = await claimed(store, key, { attemptLimit: 3, leaseMs: SHORT_MS })
    await trial.pass(SHORT_MS)
    const third = await claimed(store, key, { attemptLimit: 3 })
    await store.release(releaseRequest(third, keep))
    expect([first.attempt, second.attempt, third.attempt]).toEqual([1, 2, 3])

    expect(await store.claim(claimRequest(key, { attemptLimit: 3 }))).toMatchObject({
      status: 'done',
      record: { state: 'exhausted', attempt: 3 },
    })
    expect((await store.read(key))?.record).toMatchObject({ state: 'exhausted', attempt: 3 })
  })

  promise('used up by a dead owner leave the key exhausted', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key(), { attemptLimit: 1, leaseMs: SHORT_MS })
    await trial.pass(SHORT_MS)
    const answer = await store.claim(claimRequest(owner.key, { attemptLimit: 1 }))
    expect(answer).toMatchObject({ status: 'done', record: { state: 'exhausted', attempt: 1 } })
    expect((await store.read(owner.key))?.leaseLeftMs).toBe(0)
  })

  promise('used up are told to every later caller, for its time to live', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    await store.release(releaseRequest(owner, { ttlMs: LONG_MS, meta: '' }))
    const request = claimRequest(owner.key, { attemptLimit: 1, ttlMs: SHORT_MS })
    expect(await store.claim(request)).toMatchObject({ record: { state: 'exhausted' } })
    for (const given of [{}, { attemptLimit: 9 }, { outcome: succeeded('1') }]) {
      expect(await store.claim(claimRequest(owner.key, given))).toMatchObject({
        status: 'done',
        record: { state: 'exhausted' },
      })
    }
    await trial.pass(SHORT_MS)
    expect(await claimed(store, owner.key)).toMatchObject({ attempt: 1 })
  })

  promise(
    'used up do not stop the late commit of an owner that was given up too early',
    async (trial) => {
      const { store } = trial
      const owner = await claimed(store, trial.key(), { leaseMs: SHORT_MS })
      await trial.pass(SHORT_MS)
      await store.claim(claimRequest(owner.key, { attemptLimit: 1 }))
      expect(await store.commit(commitRequest(owner))).toBe('committed')
      expect((await store.read(owner.key))?.record.state).toBe('succeeded')
    },
  )

  promise('start anew when the key is cleared', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    await store.release(releaseRequest(owner, { ttlMs: LONG_MS, meta: '' }))
    await store.claim(claimRequest(owner.key, { attemptLimit: 1 }))
    expect(await store.remove(owner.key, 'idle')).toBe('removed')
    expect(await claimed(store, owner.key, { attemptLimit: 1 })).toMatchObject({ attempt: 1 })
  })
}
