import { storeDifferential } from '@oncekit/once/conformance'
import { systemClock } from '@oncekit/core'
import { expect, test } from 'vitest'

import type { StoreTime } from '../../src/conformance/differential.ts'
import { play } from '../../src/conformance/differential/play.ts'
import type { OnceStore } from '../../src/store.ts'
import { MemoryOnceStore } from '../../src/stores/memory.ts'

const memoryIn = (time: StoreTime): OnceStore =>
  new MemoryOnceStore({
    clock: { ...systemClock, now: () => time.now(), monotonic: () => time.monotonic() },
    maxEntries: Infinity,
  })

storeDifferential('memory', async (time) => ({ connections: [memoryIn(time)] }), {
  fences: 'store',
})

test.each<[string, (right: OnceStore) => Partial<OnceStore>]>([
  [
    'commits for whoever asks',
    (right) => ({
      commit: async (request) => {
        const token = (await right.read(request.key))?.record.token ?? request.token
        return right.commit({ ...request, token })
      },
    }),
  ],
  [
    'decides over any fence',
    (right) => ({
      commit: async (request) => {
        const fence = (await right.read(request.key))?.record.fence ?? 0
        const { expect: given, ...rest } = request
        return right.commit(given === undefined ? rest : { ...rest, expect: { ...given, fence } })
      },
    }),
  ],
  [
    'compares no fingerprints',
    (right) => ({ claim: (request) => right.claim({ ...request, fingerprint: '' }) }),
  ],
  [
    'forgets who waits',
    (right) => ({ claim: (request) => right.claim({ ...request, wait: false }) }),
  ],
  [
    'keeps an outcome 1 ms too long',
    (right) => ({ touch: (key, ttlMs) => right.touch(key, ttlMs + 1) }),
  ],
  [
    'lets a declared effect go',
    (right) => ({
      extend: ({ patch, ...request }) =>
        right.extend(
          patch?.progress === undefined
            ? request
            : { ...request, patch: { progress: patch.progress } },
        ),
    }),
  ],
  [
    'gives the first fence once more',
    (right) => ({
      claim: async (request) => {
        const answer = await right.claim(request)
        return answer.status === 'claimed' ? { ...answer, fence: 1 } : answer
      },
    }),
  ],
  [
    'shows what was there before',
    (right) => ({
      read: async (key) => {
        const found = await right.read(key)
        return found?.record.state === 'released' ? undefined : found
      },
    }),
  ],
])('a store that %s is found out', async (_what, wrong) => {
  const playing = play(
    async (time) => {
      const right = memoryIn(time)
      return { connections: [withVerbs(right, wrong(right))] }
    },
    { fences: 'store', numRuns: 100, seed: 1, endOnFailure: true },
  )
  await expect(playing).rejects.toThrow('Property failed')
})

function withVerbs(store: OnceStore, verbs: Partial<OnceStore>): OnceStore {
  return new Proxy(store, {
    get(right, name) {
      const verb: unknown = Reflect.get(verbs, name) ?? Reflect.get(right, name)
      return typeof verb === 'function' ? verb.bind(right) : verb
    },
  })
}
