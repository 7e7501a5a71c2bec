import { expect } from 'vitest'

import {
  claimed,
  claimRequest,
  commitRequest,
  declareEffect,
  extendRequest,
  LONG_MS,
  newToken,
  releaseRequest,
  SHORT_MS,
  succeeded,
} from './requests.ts'
import type { Claimed } from './requests.ts'
import type { Promises, Trial } from './trial.ts'

export const effectPromises: Promises = (promise) => {
  promise('is kept with the record, and through later extensions', async (trial) => {
    const owner = await claimed(trial.store, trial.key())
    expect(await trial.store.extend(declareEffect(owner))).toBe('extended')
    expect(await trial.store.extend(extendRequest(owner))).toBe('extended')
    expect((await trial.store.read(owner.key))?.record.effect).toBe(true)
  })

  promise('takes the expiry from the record', async (trial) => {
    const owner = await claimed(trial.store, trial.key())
    await trial.store.extend(
      extendRequest(owner, { leaseMs: 5, ttlMs: 5, patch: { effect: true } }),
    )
    await trial.store.extend(extendRequest(owner, { leaseMs: 5, ttlMs: 5 }))
    await trial.pass(SHORT_MS)
    const stored = await trial.store.read(owner.key)
    expect(stored?.record.state).toBe('executing')
    expect(stored?.expiresInMs).toBeUndefined()
  })

  promise('of a dead owner is never taken over: the outcome is indeterminate', async (trial) => {
    const { store } = trial
    const { key, fence, token } = await suspended(trial)
    const claims = [
      claimRequest(key),
      claimRequest(key, { attemptLimit: 1 }),
      claimRequest(key, { outcome: succeeded('"mark"') }),
    ]
    for (const request of claims) {
      expect(await store.claim(request)).toMatchObject({
        status: 'done',
        record: { state: 'indeterminate', fence, token, attempt: 1 },
      })
    }
    const stored = await store.read(key)
    expect(stored).toMatchObject({ record: { state: 'indeterminate' }, leaseLeftMs: 0 })
    expect(stored?.expiresInMs).toBeUndefined()
  })

  promise('of a dead owner becomes indeterminate at the first claim, not before', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    await store.extend(declareEffect(owner, SHORT_MS))
    await trial.pass(SHORT_MS)
    expect((await store.read(owner.key))?.record.state).toBe('executing')
    expect(await store.claim(claimRequest(owner.key))).toMatchObject({
      status: 'done',
      record: { state: 'indeterminate' },
    })
  })

  promise('given up too early is settled by the late commit of its owner', async (trial) => {
    const owner = await suspended(trial)
    const outcome = succeeded('"late"')
    expect(await trial.store.commit(commitRequest(owner, { outcome }))).toBe('committed')
    const stored = await trial.store.read(owner.key)
    expect(stored?.record).toMatchObject({ state: 'succeeded', token: owner.token })
    expect(String(stored?.record.body)).toBe('"late"')
  })

  promise(
    'given up too early is open again when its owner extends, and still never re-run',
    async (trial) => {
      const { store } = trial
      const owner = await suspended(trial)
      expect(await store.extend(extendRequest(owner, { leaseMs: SHORT_MS }))).toBe('extended')
      const stored = await store.read(owner.key)
      expect(stored?.record).toMatchObject({ state: 'executing', effect: true })
      expect(stored?.expiresInMs).toBeUndefined()
      await trial.pass(SHORT_MS)
      expect(await store.claim(claimRequest(owner.key))).toMatchObject({
        status: 'done',
        record: { state: 'indeterminate' },
      })
    },
  )

  promise('is decided by a commit that expects the indeterminate record, once', async (trial) => {
    const { store } = trial
    const owner = await suspended(trial)
    const expected = { state: 'indeterminate', fence: owner.fence } as const
    const decision = commitRequest(
      { key: owner.key, token: newToken() },
      { outcome: succeeded('"decided"'), meta: '{"by":"operator"}', expect: expected },
    )
    expect(await store.commit(decision)).toBe('committed')
    expect(await store.commit(decision)).toBe('committed')
    const decided = await store.read(owner.key)
    expect(decided?.record).toMatchObject({
      state: 'succeeded',
      effect: false,
      attempt: 1,
      fence: owner.fence,
      token: decision.token,
      meta: '{"by":"operator"}',
    })
    expect(decided?.expiresInMs).toBeDefined()

    const another = { ...decision, token: newToken(), outcome: succeeded('"otherwise"') }
    expect(await store.commit(another)).toBe('lost')
    expect(await store.commit(commitRequest(owner))).toBe('lost')
    expect(await store.extend(extendRequest(owner))).toBe('lost')
    expect((await store.read(owner.key))?.record).toEqual(decided?.record)
  })

  promise('is not decided over another fence, another state, or nothing', async (trial) => {
    const { store } = trial
    const owner = await suspended(trial)
    const running = await claimed(store, trial.key('running'))
    const done = await claimed(store, trial.key('done'), { outcome: succeeded('1') })
    const attempts = [
      [owner.key, owner.fence + 1],
      [running.key, running.fence],
      [done.key, done.fence],
      [trial.key('nothing'), 1],
    ] as const
    for (const [key, fence] of attempts) {
      const before = await store.read(key)
      const request = commitRequest(
        { key, token: newToken() },
        { expect: { state: 'indeterminate', fence } },
      )
      expect(await store.commit(request)).toBe('lost')
      expect((await store.read(key))?.record).toEqual(before?.record)
    }
  })

  promise(
    'may end as indeterminate by its owner’s own word, kept until somebody decides',
    async (trial) => {
      const { store } = trial
      const owner = await claimed(store, trial.key())
      await store.extend(declareEffect(owner))
      const outcome = { state: 'indeterminate', codec: 1, body: '"no answer"' } as const
      expect(await store.commit(commitRequest(owner, { outcome, ttlMs: SHORT_MS }))).toBe(
        'committed',
      )
      await trial.pass(SHORT_MS)
      const stored = await store.read(owner.key)
      expect(stored?.record.state).toBe('indeterminate')
      expect(stored?.expiresInMs).toBeUndefined()
    },
  )

  promise(
    'that ended as indeterminate is never re-run, though a late heartbeat opens it again',
    async (trial) => {
      const { store } = trial
      const owner = await claimed(store, trial.key())
      await store.extend(declareEffect(owner))
      const outcome = { state: 'indeterminate', codec: 1, body: '"no answer"' } as const
      await store.commit(commitRequest(owner, { outcome }))
      expect(await store.extend(extendRequest(owner, { leaseMs: SHORT_MS, ttlMs: SHORT_MS }))).toBe(
        'extended',
      )
      await trial.pass(2 * SHORT_MS)
      expect(await store.claim(claimRequest(owner.key))).toMatchObject({
        status: 'done',
        record: { state: 'indeterminate' },
      })
    },
  )

  promise('is not forgotten by a release: its owner has to commit', async (trial) => {
    const { store } = trial
    const running = await claimed(store, trial.key('running'))
    await store.extend(declareEffect(running))
    for (const owner of [running, await suspended(trial)]) {
      const before = await store.read(owner.key)
      expect(await store.release(releaseRequest(owner))).toBe('lost')
      expect(await store.release(releaseRequest(owner, { ttlMs: LONG_MS, meta: '' }))).toBe('lost')
      expect((await store.read(owner.key))?.record).toEqual(before?.record)
    }
  })
}

/** An owner with an effect whose lease was over when another caller came. */
async function suspended(trial: Trial): Promise<Claimed> {
  const owner = await claimed(trial.store, trial.key())
  await trial.store.extend(declareEffect(owner, SHORT_MS))
  await trial.pass(SHORT_MS)
  expect(await trial.store.claim(claimRequest(owner.key))).toMatchObject({ status: 'done' })
  return owner
}
