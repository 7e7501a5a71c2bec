import { expect } from 'vitest'

import type { OnceStore } from '../store.ts'
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
import type { Claimed } from './requests.ts'
import type { Promises, Trial } from './trial.ts'

export const watchPromises: Promises = (promise) => {
  for (const [what, end] of ENDS) {
    promise(`is woken by ${what} when it said that it waits`, async (trial) => {
      const { store } = trial
      const waiter = await trial.another()
      const owner = await claimed(store, trial.key())
      // A wake-up may come too soon, so what counts is what the woken one reads.
      let state: string | undefined = 'not woken'
      const stop = await waiter.watch(owner.key, () => {
        void waiter.read(owner.key).then((stored) => (state = stored?.record.state))
      })
      expect(await waiter.claim(claimRequest(owner.key, { wait: true }))).toMatchObject({
        status: 'executing',
      })
      const expected = await end(store, owner, trial)
      await expect.poll(() => state, WITHIN_A_SECOND).toBe(expected)
      stop()
    })
  }

  promise('may be given the record, and then the one that ended the run', async (trial) => {
    const { store } = trial
    const waiter = await trial.another()
    for (const size of [10, 4096, 100_000]) {
      const owner = await claimed(store, trial.key(`${size}`))
      const given: (string | undefined)[] = []
      const stop = await waiter.watch(owner.key, (record) => given.push(record?.state))
      await waiter.claim(claimRequest(owner.key, { wait: true }))
      await store.commit(commitRequest(owner, { outcome: succeeded(`"${'x'.repeat(size)}"`) }))
      await expect.poll(() => given.length, WITHIN_A_SECOND).toBeGreaterThan(0)
      stop()
      expect(['succeeded', undefined]).toContain(given.at(-1))
    }
  })

  promise('hears of its own key only, and all who watch it hear', async (trial) => {
    const { store } = trial
    const waiter = await trial.another()
    const owner = await claimed(store, trial.key('one'))
    await claimed(store, trial.key('two'))
    const heard = { first: 0, second: 0 }
    const stops = [
      await waiter.watch(owner.key, () => heard.first++),
      await waiter.watch(owner.key, () => heard.second++),
    ]
    await waiter.claim(claimRequest(owner.key, { wait: true }))
    await store.commit(commitRequest(owner))
    await expect.poll(() => Math.min(heard.first, heard.second), WITHIN_A_SECOND).toBeGreaterThan(0)
    for (const stop of stops) stop()
  })

  promise('that stopped is not called again, and stopping twice is harmless', async (trial) => {
    const { store } = trial
    const waiter = await trial.another()
    const owner = await claimed(store, trial.key())
    const heard = { stopped: 0, staying: 0 }
    const stop = await waiter.watch(owner.key, () => heard.stopped++)
    const stopStaying = await waiter.watch(owner.key, () => heard.staying++)
    await waiter.claim(claimRequest(owner.key, { wait: true }))
    stop()
    stop()
    const before = { ...heard }
    await store.commit(commitRequest(owner))
    await expect.poll(() => heard.staying, WITHIN_A_SECOND).toBeGreaterThan(before.staying)
    expect(heard.stopped).toBe(before.stopped)
    stopStaying()
  })
}

const WITHIN_A_SECOND = { timeout: 1000, interval: 5 }

/** Ends the run, and gives the state that a woken one then reads. */
type End = (store: OnceStore, owner: Claimed, trial: Trial) => Promise<string | undefined>

const ENDS: readonly (readonly [what: string, end: End])[] = [
  [
    'a commit',
    async (store, owner) => {
      await store.commit(commitRequest(owner))
      return 'succeeded'
    },
  ],
  [
    'a release',
    async (store, owner) => {
      await store.release(releaseRequest(owner))
      return undefined
    },
  ],
  [
    'a release that keeps the count',
    async (store, owner) => {
      await store.release(releaseRequest(owner, { ttlMs: LONG_MS, meta: '' }))
      return 'released'
    },
  ],
  [
    'a claim that finds the effect of a dead owner',
    async (store, owner, trial) => {
      await store.extend(declareEffect(owner, SHORT_MS))
      await trial.pass(SHORT_MS)
      await store.claim(claimRequest(owner.key))
      return 'indeterminate'
    },
  ],
  [
    'a claim that finds a dead owner and no attempt left',
    async (store, owner, trial) => {
      await store.extend(extendRequest(owner, { leaseMs: SHORT_MS }))
      await trial.pass(SHORT_MS)
      await store.claim(claimRequest(owner.key, { attemptLimit: 1 }))
      return 'exhausted'
    },
  ],
  [
    'a claim that brings the outcome a dead owner did not',
    async (store, owner, trial) => {
      await store.extend(extendRequest(owner, { leaseMs: SHORT_MS }))
      await trial.pass(SHORT_MS)
      await store.claim(claimRequest(owner.key, { outcome: succeeded('1') }))
      return 'succeeded'
    },
  ],
  [
    'a removal',
    async (store, owner) => {
      await store.remove(owner.key)
      return undefined
    },
  ],
]
