import { expect } from 'vitest'

import { encodeRecord, HEADER_BYTES, NO_TOKEN } from '../record.ts'
import {
  claimed,
  claimRequest,
  commitRequest,
  extendRequest,
  LONG_MS,
  newToken,
  releaseRequest,
  succeeded,
} from './requests.ts'
import { scanAll } from './scan-all.ts'
import type { Promises, Trial } from './trial.ts'

export const unreadablePromises: Promises = (promise) => {
  for (const [what, plant] of UNREADABLE) {
    promise(`because of ${what} is an error of its own key, never a miss`, async (trial) => {
      const { store } = trial
      const bad = trial.key('bad')
      await plant(trial, bad)
      const owner = { key: bad, token: newToken() }

      const verbs: readonly (() => Promise<unknown>)[] = [
        () => store.claim(claimRequest(bad)),
        () => store.claim(claimRequest(bad, { wait: true, attemptLimit: 1 })),
        () => store.claim(claimRequest(bad, { outcome: succeeded('1') })),
        () => store.read(bad),
        () => store.extend(extendRequest(owner)),
        () => store.commit(commitRequest(owner)),
        () => store.commit(commitRequest(owner, { expect: { state: 'indeterminate', fence: 0 } })),
        () => store.release(releaseRequest(owner)),
        () => store.touch(bad, LONG_MS),
        () => store.remove(bad, 'idle'),
        () => store.remove(bad, { state: 'executing', fence: 0 }),
      ]
      for (const verb of verbs) {
        await expect(verb()).rejects.toMatchObject({ code: 'ONCE_RECORD_UNREADABLE' })
      }
    })

    promise(`because of ${what} harms nobody else in its batch`, async (trial) => {
      const { store } = trial
      const bad = trial.key('bad')
      await plant(trial, bad)
      const keys = Array.from({ length: 20 }, (_, number) => trial.key(`good-${number}`))
      const [refused, ...owners] = await Promise.all([
        store.claim(claimRequest(bad)).catch((error: unknown) => error),
        ...keys.map((key) => claimed(store, key)),
      ])
      expect(refused).toMatchObject({ code: 'ONCE_RECORD_UNREADABLE' })

      const [unread, ...records] = await Promise.all([
        store.read(bad).catch((error: unknown) => error),
        ...keys.map((key) => store.read(key)),
      ])
      expect(unread).toMatchObject({ code: 'ONCE_RECORD_UNREADABLE' })
      expect(records.map((stored) => stored?.record.state)).toEqual(keys.map(() => 'executing'))

      const [uncommitted, ...commits] = await Promise.all([
        store
          .commit(commitRequest({ key: bad, token: newToken() }))
          .catch((error: unknown) => error),
        ...owners.map((owner) => store.commit(commitRequest(owner))),
      ])
      expect(uncommitted).toMatchObject({ code: 'ONCE_RECORD_UNREADABLE' })
      expect(commits).toEqual(keys.map(() => 'committed'))
    })

    promise(`because of ${what} does not hide the others from a scan`, async (trial) => {
      await plant(trial, trial.key('bad'))
      const good = await claimed(trial.store, trial.key('good'))
      const met = await scanAll(trial.store, { prefix: trial.prefix, suffixPrefix: ':' })
      expect(met.map(({ key }) => key)).toEqual([good.key])
    })

    promise(`because of ${what} can be removed by force`, async (trial) => {
      const { store } = trial
      await plant(trial, trial.key())
      expect(await store.remove(trial.key())).toBe('removed')
      expect(await store.read(trial.key())).toBeUndefined()
      expect(await claimed(store, trial.key())).toMatchObject({ attempt: 1 })
    })
  }
}

type Plant = (trial: Trial, key: string) => Promise<void>

const READABLE = encodeRecord({
  state: 'succeeded',
  attempt: 1,
  fence: 1,
  token: NO_TOKEN,
  fingerprint: '',
  effect: false,
  waiters: false,
  atMs: 1,
  meta: '{"by":"a later release"}',
  codec: 1,
  body: '"value"',
})

const UNREADABLE: readonly (readonly [what: string, plant: Plant])[] = [
  ['a later version', planting((bytes) => bytes.with(0, 2))],
  ['an unknown state', planting((bytes) => bytes.with(1, 200))],
  ['an unknown flag', planting((bytes) => bytes.with(2, 0x80))],
  ['a header cut off', planting((bytes) => bytes.subarray(0, HEADER_BYTES - 1))],
  ['a meta section cut off', planting((bytes) => bytes.subarray(0, HEADER_BYTES + 3))],
  ['being empty', planting(() => Buffer.alloc(0))],
  ['being something else', (trial, key) => trial.plantForeign(key)],
]

function planting(spoil: (bytes: Buffer) => Uint8Array): Plant {
  return (trial, key) => trial.plant(key, Buffer.from(spoil(READABLE)))
}
