import { expect } from 'vitest'

import {
  claimed,
  claimRequest,
  commitRequest,
  extendRequest,
  LONG_MS,
  newToken,
  releaseRequest,
  SHORT_MS,
  succeeded,
} from './requests.ts'
import type { Promises } from './trial.ts'

export const leasePromises: Promises = (promise, traits) => {
  promise('that is over lets one other caller take the key over', async (trial) => {
    const { store } = trial
    const first = await claimed(store, trial.key(), { leaseMs: SHORT_MS })
    await trial.pass(SHORT_MS)
    const requests = Array.from({ length: 20 }, () => claimRequest(trial.key()))
    const answers = await Promise.all(requests.map((request) => store.claim(request)))
    const granted = answers.filter((answer) => answer.status === 'claimed')
    expect(granted).toHaveLength(1)
    expect(granted[0]).toMatchObject({ attempt: 2, takeover: true })
    expect(granted[0]?.fence).toBeGreaterThan(first.fence)
    expect(answers.filter((answer) => answer.status === 'executing')).toHaveLength(19)
  })

  if (traits.clock === 'injected') {
    promise('holds until its deadline and not longer', async (trial) => {
      const { store } = trial
      await claimed(store, trial.key(), { leaseMs: 1000 })
      await trial.advance(999)
      const waiting = await store.claim(claimRequest(trial.key()))
      expect(waiting).toMatchObject({ status: 'executing', leaseLeftMs: 1 })
      await trial.advance(1)
      expect(await store.claim(claimRequest(trial.key()))).toMatchObject({
        status: 'claimed',
        takeover: true,
      })
    })
  }

  promise('that is over shows, while nobody has taken the key over', async (trial) => {
    const { store } = trial
    await claimed(store, trial.key(), { leaseMs: SHORT_MS })
    await trial.pass(SHORT_MS)
    const stored = await store.read(trial.key())
    expect(stored?.record.state).toBe('executing')
    expect(stored?.leaseLeftMs).toBeLessThanOrEqual(0)
  })

  promise('is as long as its latest extension says', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key(), { leaseMs: SHORT_MS })
    expect(await store.extend(extendRequest(owner))).toBe('extended')
    trial.expectLeft((await store.read(owner.key))?.leaseLeftMs, LONG_MS)
    await trial.pass(SHORT_MS)
    const answer = await store.claim(claimRequest(trial.key()))
    if (answer.status !== 'executing') expect.fail(`answered ${answer.status}`)
    expect(answer.record).toMatchObject({ attempt: 1, fence: owner.fence, token: owner.token })

    expect(await store.extend(extendRequest(owner, { leaseMs: SHORT_MS }))).toBe('extended')
    await trial.pass(SHORT_MS)
    expect(await claimed(store, trial.key())).toMatchObject({ takeover: true })
  })

  promise('can be extended late, as long as nobody has taken the key over', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key(), { leaseMs: SHORT_MS })
    await trial.pass(SHORT_MS)
    expect(await store.extend(extendRequest(owner))).toBe('extended')
    expect(await store.claim(claimRequest(trial.key()))).toMatchObject({ status: 'executing' })
    expect(await store.commit(commitRequest(owner))).toBe('committed')
  })

  promise(
    'that is over does not stop a commit, as long as nobody has taken the key over',
    async (trial) => {
      const { store } = trial
      const owner = await claimed(store, trial.key(), { leaseMs: SHORT_MS })
      await trial.pass(SHORT_MS)
      expect(await store.commit(commitRequest(owner))).toBe('committed')
      expect((await store.read(trial.key()))?.record.state).toBe('succeeded')
    },
  )

  promise(
    'taken over is lost to its old owner: extend, commit and release change nothing',
    async (trial) => {
      const { store } = trial
      const old = await claimed(store, trial.key(), { leaseMs: SHORT_MS })
      await trial.pass(SHORT_MS)
      const owner = await claimed(store, trial.key(), { holder: 'second' })
      const before = await store.read(trial.key())

      expect(await store.extend(extendRequest(old, { patch: { effect: true } }))).toBe('lost')
      expect(await store.commit(commitRequest(old))).toBe('lost')
      expect(await store.release(releaseRequest(old))).toBe('lost')
      expect(await store.release(releaseRequest(old, { ttlMs: 5, meta: '' }))).toBe('lost')
      expect((await store.read(trial.key()))?.record).toEqual(before?.record)

      expect(await store.commit(commitRequest(owner, { outcome: succeeded('"second"') }))).toBe(
        'committed',
      )
      const committed = await store.read(trial.key())
      expect(await store.extend(extendRequest(old))).toBe('lost')
      expect(await store.commit(commitRequest(old))).toBe('lost')
      expect(await store.release(releaseRequest(old))).toBe('lost')
      expect((await store.read(trial.key()))?.record).toEqual(committed?.record)
    },
  )

  promise(
    'passes on what the steps of the dead owner left, and whether somebody waits',
    async (trial) => {
      const { store } = trial
      const first = await claimed(store, trial.key(), { leaseMs: LONG_MS })
      expect(first.progress).toBeUndefined()
      const progress = { codec: 1, body: '{"charge":"ch_1"}' }
      await store.extend(extendRequest(first, { leaseMs: SHORT_MS, patch: { progress } }))
      await store.claim(claimRequest(trial.key(), { wait: true }))
      await trial.pass(SHORT_MS)

      const second = await claimed(store, trial.key())
      expect(second.progress?.codec).toBe(1)
      expect(String(second.progress?.body)).toBe(progress.body)
      expect((await store.read(trial.key()))?.record.waiters).toBe(true)
    },
  )

  promise('leaves progress as it is when an extension brings none', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    await store.extend(extendRequest(owner, { patch: { progress: { codec: 1, body: '"one"' } } }))
    await store.extend(extendRequest(owner))
    const stored = await store.read(trial.key())
    expect(stored?.record.codec).toBe(1)
    expect(String(stored?.record.body)).toBe('"one"')
  })

  promise('taken over by a claim that is sent again passes on the steps again', async (trial) => {
    const { store } = trial
    const first = await claimed(store, trial.key())
    const progress = { codec: 1, body: '"one"' }
    await store.extend(extendRequest(first, { leaseMs: SHORT_MS, patch: { progress } }))
    await trial.pass(SHORT_MS)
    const request = claimRequest(trial.key())
    await store.claim(request)
    const again = await store.claim(request)
    if (again.status !== 'claimed') expect.fail(`answered ${again.status}`)
    expect(String(again.progress?.body)).toBe(progress.body)
  })

  promise('of a key nobody has is lost, and extending it makes no record', async (trial) => {
    const nobody = { key: trial.key(), token: newToken() }
    expect(await trial.store.extend(extendRequest(nobody))).toBe('lost')
    expect(await trial.store.commit(commitRequest(nobody))).toBe('lost')
    expect(await trial.store.read(trial.key())).toBeUndefined()
  })
}
