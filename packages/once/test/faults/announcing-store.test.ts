import { setTimeout as sleep } from 'node:timers/promises'

import { MemoryOnceStore, OnceError } from '@oncekit/once'
import type { ClaimAnswer, ClaimRequest } from '@oncekit/once'
import { hostMs } from '@oncekit/testing'
import { expect, test } from 'vitest'

import { AnnouncingStore } from './announcing-store.ts'
import type { ClaimEvent } from './events.ts'

/** Grants the first claim, and loses its answer. */
class AnswerLosingStore extends MemoryOnceStore {
  #claims = 0

  override async claim(request: ClaimRequest): Promise<ClaimAnswer> {
    const answer = await super.claim(request)
    this.#claims += 1
    if (this.#claims > 1) return answer
    throw new OnceError('ONCE_STORE_UNAVAILABLE', 'the answer was lost')
  }
}

test('a claim counts from its first try: its lease may have begun there', async () => {
  const told: ClaimEvent[] = []
  const witness = {
    keyOf: (key: string) => key,
    reach: () => undefined,
    tell: (event: { readonly type: string }) => void told.push(event as ClaimEvent),
  }
  await using store = new AnnouncingStore(new AnswerLosingStore(), witness, 'none')
  const request: ClaimRequest = {
    ...{ key: 'k', token: '1'.repeat(32), fingerprint: '', leaseMs: 1000, ttlMs: 1000 },
    ...{ holder: '{}', wait: false, attemptLimit: 0 },
  }
  await expect(store.claim(request)).rejects.toThrow('the answer was lost')
  const lostAt = hostMs()
  await sleep(5)
  await store.claim(request)
  expect(told).toHaveLength(1)
  expect(told[0]?.sentAt).toBeLessThanOrEqual(lostAt)
})
