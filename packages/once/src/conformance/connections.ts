import { expect } from 'vitest'

import {
  claimed,
  claimRequest,
  commitRequest,
  extendRequest,
  PAYLOAD,
  releaseRequest,
  SHORT_MS,
  succeeded,
} from './requests.ts'
import type { Promises } from './trial.ts'

export const connectionPromises: Promises = (promise, traits) => {
  promise('say the same about the store as it was declared', async (trial) => {
    const { shared, survivesRestart, durability } = trial.store.traits
    expect({ shared, survivesRestart, durability }).toEqual({
      shared: traits.shared,
      survivesRestart: traits.survivesRestart,
      durability: traits.durability,
    })
    expect(trial.store.traits.name).not.toBe('')
    expect(trial.store.address).toMatch(/^[a-z+]+:/)
  })

  if (traits.shared === 'process') return

  promise('grant a key to one of 50 callers', async (trial) => {
    const stores = [trial.store, await trial.another()]
    for (let round = 0; round < 5; round++) {
      const key = trial.key(`round-${round}`)
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, caller) =>
          (stores[caller % 2] ?? trial.store).claim(claimRequest(key)),
        ),
      )
      expect(answers.filter((answer) => answer.status === 'claimed')).toHaveLength(1)
      expect(answers.filter((answer) => answer.status === 'executing')).toHaveLength(49)
    }
  })

  promise('grant a key whose owner is dead to one of 50 callers', async (trial) => {
    const stores = [trial.store, await trial.another()]
    await claimed(trial.store, trial.key(), { leaseMs: SHORT_MS })
    await trial.pass(SHORT_MS)
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, caller) =>
        (stores[caller % 2] ?? trial.store).claim(claimRequest(trial.key())),
      ),
    )
    const granted = answers.filter((answer) => answer.status === 'claimed')
    expect(granted).toMatchObject([{ attempt: 2, takeover: true }])
  })

  promise('see one record, and serve one token', async (trial) => {
    const { store } = trial
    const other = await trial.another()
    const owner = await claimed(store, trial.key(), { fingerprint: PAYLOAD, holder: '{"pid":1}' })
    expect(await other.claim(claimRequest(owner.key))).toMatchObject({
      status: 'executing',
      record: { token: owner.token, meta: '{"pid":1}' },
    })
    expect(await other.extend(extendRequest(owner))).toBe('extended')
    expect(await other.commit(commitRequest(owner, { outcome: succeeded('"value"') }))).toBe(
      'committed',
    )
    expect(await store.commit(commitRequest(owner))).toBe('committed')
    expect((await store.read(owner.key))?.record).toEqual((await other.read(owner.key))?.record)
    expect(await other.remove(owner.key, 'idle')).toBe('removed')
    expect(await store.read(owner.key)).toBeUndefined()
  })

  promise('give fences of one growing row for a key', async (trial) => {
    const stores = [trial.store, await trial.another()]
    let last = 0
    for (let claim = 0; claim < 20; claim++) {
      const store = stores[claim % 2] ?? trial.store
      const owner = await claimed(store, trial.key())
      expect(owner.fence).toBeGreaterThan(last)
      last = owner.fence
      await store.release(releaseRequest(owner))
    }
  })

  promise('do not need each other: one closed leaves the other open', async (trial) => {
    const other = await trial.another()
    const owner = await claimed(other, trial.key())
    await other.close()
    expect(await trial.store.claim(claimRequest(owner.key))).toMatchObject({ status: 'executing' })
    expect(await trial.store.commit(commitRequest(owner))).toBe('committed')
  })

  if (!traits.survivesRestart) return

  promise('opened after all others were closed find what was committed', async (trial) => {
    const { store } = trial
    const done = await claimed(store, trial.key('done'), { outcome: succeeded('"value"') })
    const running = await claimed(store, trial.key('running'))
    const other = await trial.another()
    await store.close()
    await other.close()

    const later = await trial.another()
    expect(String((await later.read(done.key))?.record.body)).toBe('"value"')
    expect(await later.claim(claimRequest(running.key))).toMatchObject({ status: 'executing' })
    const next = await claimed(later, trial.key('next'))
    expect(next.fence).toBeGreaterThan(traits.fences === 'store' ? running.fence : 0)
  })
}
