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
import type { Promises } from './trial.ts'

export const removalPromises: Promises = (promise) => {
  promise('of what is not there says so', async (trial) => {
    expect(await trial.store.remove(trial.key())).toBe('none')
    expect(await trial.store.remove(trial.key(), 'idle')).toBe('none')
    expect(await trial.store.remove(trial.key(), { state: 'executing', fence: 1 })).toBe('none')
  })

  promise('of an idle key takes what is done, failed, exhausted or released', async (trial) => {
    const { store } = trial
    const keep = { ttlMs: LONG_MS, meta: '' }
    const done = await claimed(store, trial.key('done'), { outcome: succeeded('1') })
    const failed = await claimed(store, trial.key('failed'))
    await store.commit(commitRequest(failed, { outcome: { state: 'failed', codec: 1, body: '1' } }))
    const exhausted = await claimed(store, trial.key('exhausted'))
    await store.release(releaseRequest(exhausted, keep))
    await store.claim(claimRequest(exhausted.key, { attemptLimit: 1 }))
    const released = await claimed(store, trial.key('released'))
    await store.release(releaseRequest(released, keep))

    for (const { key } of [done, failed, exhausted, released]) {
      expect(await store.remove(key, 'idle')).toBe('removed')
      expect(await store.read(key)).toBeUndefined()
      expect(await store.remove(key, 'idle')).toBe('none')
      expect(await claimed(store, key)).toMatchObject({ attempt: 1 })
    }
  })

  promise('of an idle key is refused while it runs', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    expect(await store.remove(owner.key, 'idle')).toBe('executing')
    expect(await store.commit(commitRequest(owner))).toBe('committed')
  })

  promise('of an idle key takes a key whose owner is dead', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key(), { leaseMs: SHORT_MS })
    await trial.pass(SHORT_MS)
    expect(await store.remove(owner.key, 'idle')).toBe('removed')
    expect(await store.commit(commitRequest(owner))).toBe('lost')
  })

  promise(
    'of an idle key is refused while nobody knows what became of an effect',
    async (trial) => {
      const { store } = trial
      const owner = await claimed(store, trial.key())
      await store.extend(declareEffect(owner, SHORT_MS))
      await trial.pass(SHORT_MS)
      expect(await store.remove(owner.key, 'idle')).toBe('indeterminate')
      await store.claim(claimRequest(owner.key))
      expect(await store.remove(owner.key, 'idle')).toBe('indeterminate')
      expect((await store.read(owner.key))?.record.state).toBe('indeterminate')
    },
  )

  promise('by force takes the key from its owner, whose later steps are refused', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    await store.extend(declareEffect(owner))
    expect(await store.remove(owner.key)).toBe('removed')
    expect(await store.read(owner.key)).toBeUndefined()
    expect(await store.extend(extendRequest(owner))).toBe('lost')
    expect(await store.commit(commitRequest(owner))).toBe('lost')
    expect(await store.read(owner.key)).toBeUndefined()

    const next = await claimed(store, owner.key)
    expect(next).toMatchObject({ attempt: 1, takeover: false })
    expect(next.fence).toBeGreaterThan(owner.fence)
    expect(await store.extend(extendRequest(owner))).toBe('lost')
    expect(await store.commit(commitRequest(owner))).toBe('lost')
    expect(await store.release(releaseRequest(owner))).toBe('lost')
    expect((await store.read(owner.key))?.record.token).toBe(next.token)
  })

  promise(
    'by state and fence takes that generation of the key in that state and no other',
    async (trial) => {
      const { store } = trial
      const old = await claimed(store, trial.key(), { outcome: succeeded('1') })
      await store.remove(old.key)
      const owner = await claimed(store, trial.key())
      expect(await store.remove(owner.key, { state: 'executing', fence: old.fence })).toBe(
        'changed',
      )
      expect(await store.remove(owner.key, { state: 'indeterminate', fence: owner.fence })).toBe(
        'changed',
      )
      expect((await store.read(owner.key))?.record.token).toBe(owner.token)
      expect(await store.remove(owner.key, { state: 'executing', fence: owner.fence })).toBe(
        'removed',
      )
      expect(await store.read(owner.key)).toBeUndefined()
      expect(await store.remove(owner.key, { state: 'executing', fence: owner.fence })).toBe('none')
    },
  )
}
