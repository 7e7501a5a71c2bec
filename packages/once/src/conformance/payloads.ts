import { expect } from 'vitest'

import type { OnceStore } from '../store.ts'
import {
  claimed,
  claimRequest,
  commitRequest,
  declareEffect,
  LONG_MS,
  OTHER_PAYLOAD,
  PAYLOAD,
  releaseRequest,
  SHORT_MS,
  succeeded,
} from './requests.ts'
import type { Promises, Trial } from './trial.ts'

export const payloadPromises: Promises = (promise) => {
  for (const [what, arrange] of SITUATIONS) {
    promise(
      `other than that of ${what} is a mismatch: nothing changes, nothing is told`,
      async (trial) => {
        const { store } = trial
        await arrange(store, trial.key(), trial)
        const before = await store.read(trial.key())
        expect(before?.record.fingerprint).toBe(PAYLOAD)

        const requests = [
          claimRequest(trial.key(), { fingerprint: OTHER_PAYLOAD, wait: true, attemptLimit: 1 }),
          claimRequest(trial.key(), { fingerprint: OTHER_PAYLOAD, outcome: succeeded('"mark"') }),
        ]
        for (const request of requests) {
          expect(await store.claim(request)).toEqual({ status: 'mismatch' })
        }
        const after = await store.read(trial.key())
        expect(after?.record).toEqual(before?.record)
      },
    )
  }

  promise('that is the same is in progress, then done', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key(), { fingerprint: PAYLOAD })
    const request = claimRequest(owner.key, { fingerprint: PAYLOAD })
    expect(await store.claim(request)).toMatchObject({ status: 'executing' })
    await store.commit(commitRequest(owner))
    expect(await store.claim(request)).toMatchObject({
      status: 'done',
      record: { fingerprint: PAYLOAD },
    })
  })

  promise('is not compared when either side gave none', async (trial) => {
    const { store } = trial
    const without = await claimed(store, trial.key('without'))
    const withOne = await claimed(store, trial.key('with'), { fingerprint: PAYLOAD })
    const pairs = [
      [without.key, PAYLOAD],
      [withOne.key, ''],
    ] as const
    for (const [key, fingerprint] of pairs) {
      expect(await store.claim(claimRequest(key, { fingerprint }))).toMatchObject({
        status: 'executing',
      })
    }
    await store.commit(commitRequest(without))
    await store.commit(commitRequest(withOne))
    for (const [key, fingerprint] of pairs) {
      expect(await store.claim(claimRequest(key, { fingerprint }))).toMatchObject({
        status: 'done',
      })
    }
  })

  promise(
    'of a dead owner stays with the key when a claim without one takes over',
    async (trial) => {
      const { store } = trial
      await claimed(store, trial.key(), { fingerprint: PAYLOAD, leaseMs: SHORT_MS })
      await trial.pass(SHORT_MS)
      await claimed(store, trial.key())
      expect((await store.read(trial.key()))?.record.fingerprint).toBe(PAYLOAD)
      expect(await store.claim(claimRequest(trial.key(), { fingerprint: OTHER_PAYLOAD }))).toEqual({
        status: 'mismatch',
      })
    },
  )

  promise('is free again once the key was released', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key(), { fingerprint: PAYLOAD })
    await store.release(releaseRequest(owner))
    const next = await claimed(store, trial.key(), { fingerprint: OTHER_PAYLOAD })
    expect(next.attempt).toBe(1)
    expect((await store.read(trial.key()))?.record.fingerprint).toBe(OTHER_PAYLOAD)
  })
}

type Arrange = (store: OnceStore, key: string, trial: Trial) => Promise<unknown>

const SITUATIONS: readonly (readonly [what: string, arrange: Arrange])[] = [
  ['a running owner', (store, key) => claimed(store, key, { fingerprint: PAYLOAD })],
  [
    'a dead owner',
    async (store, key, trial) => {
      await claimed(store, key, { fingerprint: PAYLOAD, leaseMs: SHORT_MS })
      await trial.pass(SHORT_MS)
    },
  ],
  [
    'a dead owner with an effect',
    async (store, key, trial) => {
      const owner = await claimed(store, key, { fingerprint: PAYLOAD, leaseMs: SHORT_MS })
      await store.extend(declareEffect(owner, SHORT_MS))
      await trial.pass(SHORT_MS)
    },
  ],
  ...(['succeeded', 'failed', 'indeterminate'] as const).map(
    (state): readonly [string, Arrange] => [
      `a ${state} run`,
      async (store, key) => {
        const owner = await claimed(store, key, { fingerprint: PAYLOAD })
        await store.commit(commitRequest(owner, { outcome: { state, codec: 1, body: '1' } }))
      },
    ],
  ),
  [
    'an exhausted key',
    async (store, key) => {
      const owner = await claimed(store, key, { fingerprint: PAYLOAD })
      await store.release(releaseRequest(owner, { ttlMs: LONG_MS, meta: '' }))
      await store.claim(claimRequest(key, { fingerprint: PAYLOAD, attemptLimit: 1 }))
    },
  ],
]
