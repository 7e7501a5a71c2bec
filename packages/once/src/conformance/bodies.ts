import { randomBytes } from 'node:crypto'

import { expect } from 'vitest'

import type { Body } from '../record.ts'
import {
  claimed,
  claimRequest,
  commitRequest,
  expectBody,
  extendRequest,
  SHORT_MS,
} from './requests.ts'
import type { Promises } from './trial.ts'

export const bodyPromises: Promises = (promise) => {
  for (const [what, codec, make] of BODIES) {
    promise(`${what} comes back as it was, from read and from claim`, async (trial) => {
      const { store } = trial
      const body = make()
      const owner = await claimed(store, trial.key())
      const outcome = { state: 'succeeded', codec, body } as const
      expect(await store.commit(commitRequest(owner, { outcome }))).toBe('committed')

      const stored = await store.read(owner.key)
      expect(stored?.record.codec).toBe(codec)
      expectBody(stored?.record.body, body)
      const answer = await store.claim(claimRequest(owner.key))
      if (answer.status !== 'done') expect.fail(`answered ${answer.status}`)
      expect(answer.record.codec).toBe(codec)
      expectBody(answer.record.body, body)
    })

    promise(
      `${what} comes back as it was, as progress and as the outcome of a claim`,
      async (trial) => {
        const { store } = trial
        const body = make()
        const first = await claimed(store, trial.key())
        await store.extend(
          extendRequest(first, { leaseMs: SHORT_MS, patch: { progress: { codec, body } } }),
        )
        await trial.pass(SHORT_MS)
        const second = await claimed(store, trial.key())
        if (codec === 0) expect(second.progress).toBeUndefined()
        else {
          expect(second.progress?.codec).toBe(codec)
          expectBody(second.progress?.body, body)
        }
        const mark = await claimed(store, trial.key('mark'), {
          outcome: { state: 'failed', codec, body },
        })
        const stored = await store.read(mark.key)
        expect(stored?.record.codec).toBe(codec)
        expectBody(stored?.record.body, body)
      },
    )
  }

  promise('of many sizes in one tick go to whom they belong', async (trial) => {
    const { store } = trial
    const sizes = [0, 1, 100, 4096, 4097, 65_535, 65_536, 65_537, 200_000]
    const owners = await Promise.all(sizes.map((size) => claimed(store, trial.key(`${size}`))))
    const bodies = sizes.map((size) => randomBytes(size))
    await Promise.all(
      owners.map((owner, nth) => {
        const body = bodies[nth] ?? ''
        return store.commit(
          commitRequest(owner, { outcome: { state: 'succeeded', codec: 0x10, body } }),
        )
      }),
    )
    const answers = await Promise.all(owners.map((owner) => store.claim(claimRequest(owner.key))))
    for (const [nth, answer] of answers.entries()) {
      if (answer.status !== 'done') expect.fail(`answered ${answer.status}`)
      expectBody(answer.record.body, bodies[nth] ?? '')
    }
  })

  promise('a holder and an origin may be 1 KiB of any text', async (trial) => {
    const { store } = trial
    const holder = JSON.stringify({ host: 'höst 🧪 "quoted"\n', filler: 'x'.repeat(960) })
    const owner = await claimed(store, trial.key(), { holder })
    expect((await store.read(owner.key))?.record.meta).toBe(holder)
    await store.commit(commitRequest(owner, { meta: holder }))
    expect((await store.read(owner.key))?.record.meta).toBe(holder)
  })
}

const KIB = 1024

const BODIES: readonly (readonly [what: string, codec: number, make: () => Body])[] = [
  ['no body', 0, () => ''],
  ['an empty text', 1, () => ''],
  ['unicode text', 1, () => JSON.stringify('žluťoučký 日本語 🧪 \u0000 \r\n "\\ \u2028')],
  ['text that looks like a number', 1, () => '00012345678901234567890'],
  ['text of 70 KiB', 2, () => `"${'é'.repeat(35 * KIB)}"`],
  ['text of 1 MiB', 1, () => `"${'x'.repeat(KIB * KIB - 2)}"`],
  ['every byte there is', 0x10, () => Uint8Array.from({ length: 512 }, (_, byte) => byte % 256)],
  ['1 MiB of bytes', 0x11, () => randomBytes(KIB * KIB)],
]
