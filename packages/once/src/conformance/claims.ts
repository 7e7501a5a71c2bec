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
  succeeded,
} from './requests.ts'
import type { Promises } from './trial.ts'

export const claimPromises: Promises = (promise) => {
  promise('of an unknown key is granted as attempt 1', async (trial) => {
    const request = claimRequest(trial.key(), { holder: '{"pid":7}' })
    expect(await trial.store.claim(request)).toEqual({
      status: 'claimed',
      attempt: 1,
      takeover: false,
      fence: expect.any(Number),
    })
    const stored = await trial.store.read(request.key)
    expect(stored?.record).toMatchObject({
      state: 'executing',
      attempt: 1,
      token: request.token,
      fingerprint: '',
      effect: false,
      waiters: false,
      meta: '{"pid":7}',
      codec: 0,
    })
    trial.expectLeft(stored?.leaseLeftMs, LONG_MS)
  })

  promise('is granted to one of 50 callers at once', async (trial) => {
    const requests = Array.from({ length: 50 }, () => claimRequest(trial.key()))
    const answers = await Promise.all(requests.map((request) => trial.store.claim(request)))
    const winners = requests.filter((_, caller) => answers[caller]?.status === 'claimed')
    expect(winners).toHaveLength(1)
    for (const answer of answers) {
      if (answer.status === 'claimed') continue
      expect(answer).toMatchObject({
        status: 'executing',
        record: { token: winners[0]?.token, attempt: 1 },
      })
    }
  })

  promise(
    'that loses is told who holds the key, and how long the lease still is',
    async (trial) => {
      const { store } = trial
      const owner = await claimed(store, trial.key(), { holder: '{"host":"a","pid":1}' })
      const answer = await store.claim(claimRequest(trial.key(), { holder: '{"host":"b"}' }))
      if (answer.status !== 'executing') expect.fail(`answered ${answer.status}`)
      expect(answer.record).toMatchObject({
        state: 'executing',
        token: owner.token,
        fence: owner.fence,
        meta: '{"host":"a","pid":1}',
      })
      trial.expectLeft(answer.leaseLeftMs, LONG_MS)
    },
  )

  promise(
    'that loses changes nothing but the waiters flag, and only when it waits',
    async (trial) => {
      const { store } = trial
      await claimed(store, trial.key())
      const before = await store.read(trial.key())
      await store.claim(claimRequest(trial.key(), { leaseMs: 5, ttlMs: 5, holder: 'x' }))
      expect((await store.read(trial.key()))?.record).toEqual(before?.record)

      await store.claim(
        claimRequest(trial.key(), { leaseMs: 5, ttlMs: 5, holder: 'x', wait: true }),
      )
      const after = await store.read(trial.key())
      expect(after?.record).toEqual({ ...before?.record, waiters: true })
      trial.expectLeft(after?.expiresInMs, LONG_MS + LONG_MS)
    },
  )

  promise('sent twice is told "yours" twice and counts once', async (trial) => {
    const request = claimRequest(trial.key())
    const first = await trial.store.claim(request)
    expect(first.status).toBe('claimed')
    expect(await trial.store.claim(request)).toEqual(first)
    const again = await Promise.all(Array.from({ length: 10 }, () => trial.store.claim(request)))
    for (const answer of again) expect(answer).toEqual(first)
    expect((await trial.store.read(request.key))?.record.attempt).toBe(1)
  })

  promise('of a key that is done is told its outcome, whichever it is', async (trial) => {
    for (const state of ['succeeded', 'failed', 'indeterminate'] as const) {
      const owner = await claimed(trial.store, trial.key(state))
      const outcome = { state, codec: 1, body: '"what came of it"' }
      await trial.store.commit(commitRequest(owner, { outcome, meta: '{"by":"a"}' }))
      const answer = await trial.store.claim(claimRequest(owner.key))
      if (answer.status !== 'done') expect.fail(`answered ${answer.status}`)
      expect(answer.record).toMatchObject({
        state,
        attempt: 1,
        fence: owner.fence,
        meta: '{"by":"a"}',
        codec: 1,
      })
      expect(answer.record).toEqual((await trial.store.read(owner.key))?.record)
    }
  })

  promise('with an outcome claims and commits in one step', async (trial) => {
    const outcome = succeeded('"mark"')
    const owner = await claimed(trial.store, trial.key(), { outcome, ttlMs: LONG_MS, leaseMs: 5 })
    const stored = await trial.store.read(owner.key)
    expect(stored?.record).toMatchObject({ state: 'succeeded', attempt: 1, token: owner.token })
    expect(stored?.leaseLeftMs).toBe(0)
    trial.expectLeft(stored?.expiresInMs, LONG_MS)
  })

  promise('with an outcome is granted to the first of 50 callers only', async (trial) => {
    const requests = Array.from({ length: 50 }, (_, caller) =>
      claimRequest(trial.key(), { outcome: succeeded(`${caller}`) }),
    )
    const answers = await Promise.all(requests.map((request) => trial.store.claim(request)))
    const winners = answers.flatMap((answer, caller) =>
      answer.status === 'claimed' ? [caller] : [],
    )
    expect(winners).toHaveLength(1)
    const stored = await trial.store.read(trial.key())
    expect(String(stored?.record.body)).toBe(`${winners[0]}`)
    for (const answer of answers) {
      if (answer.status !== 'claimed') expect(answer).toMatchObject({ status: 'done' })
    }
  })

  promise('with an outcome, sent twice, is told "yours" twice', async (trial) => {
    const request = claimRequest(trial.key(), { outcome: succeeded('"mark"') })
    const first = await trial.store.claim(request)
    expect(first.status).toBe('claimed')
    expect(await trial.store.claim(request)).toEqual(first)
  })

  promise('with an outcome does not reach over a running owner', async (trial) => {
    const owner = await claimed(trial.store, trial.key())
    const mark = claimRequest(owner.key, { outcome: succeeded('"mark"') })
    expect(await trial.store.claim(mark)).toMatchObject({ status: 'executing' })
    expect((await trial.store.read(owner.key))?.record.state).toBe('executing')
  })

  promise('of one key leaves the claims of others alone, also in one tick', async (trial) => {
    const { store } = trial
    const keys = Array.from({ length: 100 }, (_, number) => trial.key(`key-${number}`))
    const owners = await Promise.all(keys.map((key) => claimed(store, key)))
    const answers = await Promise.all([
      store.commit(commitRequest(owners[0] ?? expect.fail())),
      store.release(releaseRequest(owners[1] ?? expect.fail())),
      store.extend(declareEffect(owners[2] ?? expect.fail())),
      store.extend(extendRequest({ key: keys[3] ?? '', token: newToken() })),
      ...keys.slice(4).map((key) => store.claim(claimRequest(key))),
    ])
    expect(answers.slice(0, 4)).toEqual(['committed', 'released', 'extended', 'lost'])
    for (const answer of answers.slice(4)) expect(answer).toMatchObject({ status: 'executing' })
    const records = await Promise.all(keys.map((key) => store.read(key)))
    expect(records.map((stored) => stored?.record.state)).toEqual([
      'succeeded',
      undefined,
      ...keys.slice(2).map(() => 'executing'),
    ])
    expect(records.map((stored) => stored?.record.effect === true).indexOf(true)).toBe(2)
  })
}
