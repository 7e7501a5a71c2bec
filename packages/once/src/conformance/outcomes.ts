import { expect } from 'vitest'

import {
  claimed,
  claimRequest,
  commitRequest,
  extendRequest,
  LONG_MS,
  newToken,
  PAYLOAD,
  releaseRequest,
  succeeded,
} from './requests.ts'
import type { Promises } from './trial.ts'

export const outcomePromises: Promises = (promise) => {
  promise('is kept with everything that was said about it', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key(), { fingerprint: PAYLOAD, holder: '{"pid":1}' })
    const request = commitRequest(owner, {
      outcome: { state: 'failed', codec: 2, body: '{"name":"Error"}' },
      meta: '{"host":"a"}',
    })
    expect(await store.commit(request)).toBe('committed')
    const stored = await store.read(owner.key)
    expect({ ...stored?.record, body: String(stored?.record.body) }).toEqual({
      state: 'failed',
      attempt: 1,
      fence: owner.fence,
      token: owner.token,
      fingerprint: PAYLOAD,
      effect: false,
      waiters: false,
      atMs: expect.any(Number),
      meta: '{"host":"a"}',
      codec: 2,
      body: '{"name":"Error"}',
    })
    expect(stored?.leaseLeftMs).toBe(0)
    trial.expectLeft(stored?.expiresInMs, LONG_MS)
  })

  promise('is committed once: the repeat is told the same and changes nothing', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    const request = commitRequest(owner, { outcome: succeeded('"first"') })
    const answers = await Promise.all(Array.from({ length: 5 }, () => store.commit(request)))
    expect(answers).toEqual(Array.from({ length: 5 }, () => 'committed'))
    const first = await store.read(owner.key)

    expect(await store.commit({ ...request, outcome: succeeded('"second"'), ttlMs: 5 })).toBe(
      'committed',
    )
    const after = await store.read(owner.key)
    expect(after?.record).toEqual(first?.record)
    trial.expectLeft(after?.expiresInMs, LONG_MS)
  })

  promise('is refused to whoever does not own the key', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    const before = await store.read(owner.key)
    const stranger = { key: owner.key, token: newToken() }
    expect(await store.commit(commitRequest(stranger))).toBe('lost')
    expect(await store.extend(extendRequest(stranger))).toBe('lost')
    expect(await store.release(releaseRequest(stranger))).toBe('lost')
    expect((await store.read(owner.key))?.record).toEqual(before?.record)
  })

  promise('settles the key: extend and release by its owner change nothing more', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    await store.commit(commitRequest(owner))
    const before = await store.read(owner.key)
    const late = extendRequest(owner, { leaseMs: 5, ttlMs: 5, patch: { effect: true } })
    expect(await store.extend(late)).toBe('settled')
    expect(await store.release(releaseRequest(owner))).toBe('lost')
    expect(await store.claim(claimRequest(owner.key, { token: owner.token }))).toMatchObject({
      status: 'done',
    })
    expect((await store.read(owner.key))?.record).toEqual(before?.record)
  })

  promise('clears the waiters flag', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    await store.claim(claimRequest(owner.key, { wait: true }))
    await store.commit(commitRequest(owner))
    expect((await store.read(owner.key))?.record.waiters).toBe(false)
  })
}
