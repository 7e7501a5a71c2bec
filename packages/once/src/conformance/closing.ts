import { expect } from 'vitest'

import {
  claimed,
  claimRequest,
  commitRequest,
  extendRequest,
  LONG_MS,
  releaseRequest,
} from './requests.ts'
import type { Promises } from './trial.ts'

export const closingPromises: Promises = (promise) => {
  promise('has not come while health says healthy', async (trial) => {
    await claimed(trial.store, trial.key())
    const health = await trial.store.health()
    expect(health.status).toBe('healthy')
    expect(health.details).toBeTypeOf('object')
  })

  promise('makes every later call reject with ONCE_CLOSED', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    await store.close()
    const verbs: readonly (() => Promise<unknown>)[] = [
      () => store.claim(claimRequest(trial.key())),
      () => store.extend(extendRequest(owner)),
      () => store.commit(commitRequest(owner)),
      () => store.release(releaseRequest(owner)),
      () => store.read(owner.key),
      () => store.touch(owner.key, LONG_MS),
      () => store.remove(owner.key),
      () => store.scan({ prefix: trial.prefix, suffixPrefix: ':' }),
      () => store.watch(owner.key, () => {}),
    ]
    for (const verb of verbs) await expect(verb()).rejects.toMatchObject({ code: 'ONCE_CLOSED' })
  })

  promise('may be asked for twice, also at once, and by disposal', async (trial) => {
    const { store } = trial
    await Promise.all([store.close(), store.close()])
    await store.close()
    await store[Symbol.asyncDispose]()
  })

  promise('answers or refuses what was under way: nothing hangs', async (trial) => {
    const { store } = trial
    const requests = Array.from({ length: 20 }, (_, number) => claimRequest(trial.key(`${number}`)))
    const answers = Promise.allSettled(requests.map((request) => store.claim(request)))
    await store.close()
    for (const answer of await answers) {
      if (answer.status === 'fulfilled') expect(answer.value.status).toBe('claimed')
      else {
        expect(answer.reason).toMatchObject({
          code: expect.stringMatching(/^ONCE_(CLOSED|STORE_UNAVAILABLE)$/),
        })
      }
    }
  })

  promise('stops watchers: after it none is called', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key())
    let calls = 0
    const stop = await store.watch(owner.key, () => calls++)
    await store.claim(claimRequest(owner.key, { wait: true }))
    await store.close()
    const before = calls
    if (trial.traits.shared !== 'process')
      await (await trial.another()).commit(commitRequest(owner))
    await trial.pass(50)
    expect(calls).toBe(before)
    stop()
  })
}
