import { expect } from 'vitest'

import { splitStorageKey } from '../key.ts'
import { claimed, commitRequest, LONG_MS, releaseRequest, SHORT_MS, succeeded } from './requests.ts'
import type { Promises, Trial } from './trial.ts'

export const fencePromises: Promises = (promise, traits) => {
  promise(
    'grows with every claim of a key: after release, takeover, expiry and clear',
    async (trial) => {
      const { store } = trial
      const key = trial.key()
      const fences: number[] = []
      const claim = async (given = {}): Promise<ReturnType<typeof claimed>> => {
        const owner = claimed(store, key, given)
        fences.push((await owner).fence)
        return owner
      }

      await store.release(releaseRequest(await claim()))
      await store.release(releaseRequest(await claim(), { ttlMs: LONG_MS, meta: '' }))
      await claim({ leaseMs: SHORT_MS })
      await trial.pass(SHORT_MS)
      await store.commit(commitRequest(await claim(), { ttlMs: SHORT_MS }))
      await trial.pass(SHORT_MS)
      await claim({ outcome: succeeded('1') })
      await store.remove(key, 'idle')
      await claim()
      await store.remove(key)
      await claim({ leaseMs: SHORT_MS, ttlMs: SHORT_MS })
      await trial.pass(2 * SHORT_MS)
      await claim()

      expect(fences).toHaveLength(8)
      for (const [nth, fence] of fences.entries()) {
        expect(Number.isSafeInteger(fence)).toBe(true)
        expect(fence).toBeGreaterThan(fences[nth - 1] ?? 0)
      }
    },
  )

  promise('is told in every answer about the claim it belongs to', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    expect((await store.read(owner.key))?.record.fence).toBe(owner.fence)
    await store.commit(commitRequest(owner))
    expect((await store.read(owner.key))?.record.fence).toBe(owner.fence)
  })

  promise(`is given once only, over the keys of a ${traits.fences}`, async (trial) => {
    const keys = traits.fences === 'store' ? anyKeys(trial, 100) : keysOfOneBucket(trial, 100)
    const owners = await Promise.all(keys.map((key) => claimed(trial.store, key)))
    const again: number[] = []
    for (const owner of owners.slice(0, 20)) {
      await trial.store.release(releaseRequest(owner))
      again.push((await claimed(trial.store, owner.key)).fence)
    }
    const fences = [...owners.map((owner) => owner.fence), ...again]
    expect(new Set(fences).size).toBe(fences.length)
  })
}

function anyKeys(trial: Trial, count: number): readonly string[] {
  return Array.from({ length: count }, (_, number) => trial.key(`key-${number}`))
}

function keysOfOneBucket(trial: Trial, count: number): readonly string[] {
  const bucketOf = (key: string): string =>
    key.slice(0, key.length - (splitStorageKey(key)?.suffix.length ?? 0))
  const wanted = bucketOf(trial.key('key-0'))
  const keys: string[] = []
  for (let number = 0; keys.length < count; number++) {
    const key = trial.key(`key-${number}`)
    if (bucketOf(key) === wanted) keys.push(key)
  }
  return keys
}
