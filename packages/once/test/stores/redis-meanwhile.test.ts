import type { RedisPort, RedisReply, ChannelListener } from '@oncekit/redis'
import { describe, expect, test } from 'vitest'

import { claimRequest } from '../../src/conformance/requests.ts'
import { storageKey } from '../../src/key.ts'
import { encodeRecord, NO_TOKEN } from '../../src/record.ts'
import type { OnceRecord } from '../../src/record.ts'
import type { ClaimAnswer } from '../../src/store.ts'
import { RedisOnceStore } from '../../src/stores/redis.ts'
import { claimLarge } from '../../src/stores/redis/large.ts'

const KEY = storageKey('p', 'key')
const NOW_MS = 1_800_000_000_000

describe('a claim that met a large record, which is fetched by a call of its own,', () => {
  const claimedAnew: ClaimAnswer = { status: 'claimed', fence: 7, attempt: 2, takeover: true }

  test.each<[string, Partial<OnceRecord> | undefined, string]>([
    ['is told of an outcome', { state: 'succeeded', atMs: NOW_MS - 1 }, 'done'],
    ['is told of a run', { state: 'executing', atMs: NOW_MS + 1, waiters: true }, 'executing'],
    ['is made again when the run is over by then', { state: 'executing', atMs: NOW_MS }, 'claimed'],
    ['is made again when the record is gone by then', undefined, 'claimed'],
    [
      'is made again when its wish to be woken is not noted',
      { state: 'executing', atMs: NOW_MS + 1 },
      'claimed',
    ],
  ])('%s', async (_, record, status) => {
    const request = claimRequest(KEY, { wait: true })
    const port = portAnswering(record && [encodeRecord({ ...LARGE, ...record }), 1000, NOW_MS])
    const answer = await claimLarge(port, request, () => Promise.resolve(claimedAnew))
    expect(answer.status).toBe(status)
  })
})

test('a watch whose connection was lost for a while has its listener look again', async () => {
  const subscribed: ChannelListener[] = []
  const port = {
    address: 'redis://127.0.0.1:6379/0',
    subscribe: (_channel: string, subscriber: ChannelListener) => {
      subscribed.push(subscriber)
      return Promise.resolve(() => Promise.resolve())
    },
  }
  // All that `watch` uses of a port.
  await using store = new RedisOnceStore(port as unknown as RedisPort, { ownsPort: false })
  const heard: unknown[] = []
  await store.watch(KEY, (record) => heard.push(record))
  for (const subscriber of subscribed) subscriber.restored?.()
  expect(heard).toEqual([undefined])
})

const LARGE: OnceRecord = {
  ...{ state: 'executing', attempt: 1, fence: 1, token: NO_TOKEN, fingerprint: '' },
  ...{ effect: false, waiters: false, atMs: 0, meta: '', codec: 1, body: 'x'.repeat(70_000) },
}

/** All that fetching a record uses of a port. */
function portAnswering(reply: RedisReply | undefined): RedisPort {
  const port = { address: 'redis://127.0.0.1:6379/0', run: async () => reply ?? null }
  return port as unknown as RedisPort
}
