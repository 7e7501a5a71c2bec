import { expect } from 'vitest'

import {
  claimed,
  claimRequest,
  commitRequest,
  extendRequest,
  LONG_MS,
  newToken,
  OTHER_PAYLOAD,
  PAYLOAD,
  releaseRequest,
  SHORT_MS,
} from './requests.ts'
import type { Promises } from './trial.ts'

export const releasePromises: Promises = (promise) => {
  promise('gives the key back as if it had never been claimed', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    expect(await store.release(releaseRequest(owner))).toBe('released')
    expect(await store.read(owner.key)).toBeUndefined()
    expect(await claimed(store, owner.key)).toMatchObject({ attempt: 1, takeover: false })
  })

  promise('is told the same when repeated, or when there is nothing to release', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    expect(await store.release(releaseRequest(owner))).toBe('released')
    expect(await store.release(releaseRequest(owner))).toBe('released')
    const nobody = { key: trial.key('never claimed'), token: newToken() }
    expect(await store.release(releaseRequest(nobody))).toBe('released')
    expect(await store.release(releaseRequest(nobody, { ttlMs: LONG_MS, meta: '' }))).toBe(
      'released',
    )
    expect(await store.read(nobody.key)).toBeUndefined()
  })

  promise('ends the right to commit and to extend', async (trial) => {
    const { store } = trial
    for (const keep of [undefined, { ttlMs: LONG_MS, meta: '' }]) {
      const owner = await claimed(store, trial.key(`kept ${keep !== undefined}`))
      await store.release(releaseRequest(owner, keep))
      expect(await store.commit(commitRequest(owner))).toBe('lost')
      expect(await store.extend(extendRequest(owner))).toBe('lost')
      expect((await store.read(owner.key))?.record.state).not.toBe('succeeded')
    }
  })

  promise('that keeps the count of attempts frees the key all the same', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    const keep = { ttlMs: LONG_MS, meta: '{"code":"E_BUSY"}' }
    expect(await store.release(releaseRequest(owner, keep))).toBe('released')
    const stored = await store.read(owner.key)
    expect(stored?.record).toMatchObject({ state: 'released', attempt: 1, meta: keep.meta })
    trial.expectLeft(stored?.expiresInMs, LONG_MS)
    expect(await store.release(releaseRequest(owner, keep))).toBe('released')
    expect(await claimed(store, owner.key)).toMatchObject({ attempt: 2, takeover: false })
  })

  promise('keeps the count of attempts no longer than it was told', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    await store.release(releaseRequest(owner, { ttlMs: SHORT_MS, meta: '' }))
    await trial.pass(SHORT_MS)
    expect(await store.read(owner.key)).toBeUndefined()
    expect(await claimed(store, owner.key)).toMatchObject({ attempt: 1 })
  })

  promise('that keeps the count also keeps what the steps left', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    await store.extend(extendRequest(owner, { patch: { progress: { codec: 1, body: '"one"' } } }))
    await store.release(releaseRequest(owner, { ttlMs: LONG_MS, meta: '' }))
    const next = await claimed(store, owner.key)
    expect(String(next.progress?.body)).toBe('"one"')
  })

  promise(
    'keeps attempts and steps for the same payload only: another starts anew',
    async (trial) => {
      const { store } = trial
      for (const attemptLimit of [0, 1]) {
        const owner = await claimed(store, trial.key(`${attemptLimit}`), { fingerprint: PAYLOAD })
        await store.extend(
          extendRequest(owner, { patch: { progress: { codec: 1, body: '"one"' } } }),
        )
        await store.release(releaseRequest(owner, { ttlMs: LONG_MS, meta: '' }))
        const other = await claimed(store, owner.key, { fingerprint: OTHER_PAYLOAD, attemptLimit })
        expect(other).toMatchObject({ attempt: 1, takeover: false })
        expect(other.progress).toBeUndefined()
        expect((await store.read(owner.key))?.record).toMatchObject({
          fingerprint: OTHER_PAYLOAD,
          codec: 0,
        })
      }
    },
  )

  promise('keeps the payload of the steps that a claim without one goes on with', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key(), { fingerprint: PAYLOAD })
    await store.extend(extendRequest(owner, { patch: { progress: { codec: 1, body: '"one"' } } }))
    await store.release(releaseRequest(owner, { ttlMs: LONG_MS, meta: '' }))
    await claimed(store, owner.key)
    expect(await store.claim(claimRequest(owner.key, { fingerprint: OTHER_PAYLOAD }))).toEqual({
      status: 'mismatch',
    })
  })
}
