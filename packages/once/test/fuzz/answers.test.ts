import { RedisReplyError } from '@oncekit/redis'
import type { RedisPort, RedisReply } from '@oncekit/redis'
import { isOnceError } from '@oncekit/once'
import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { storageKey } from '../../src/key.ts'
import { RedisOnceStore } from '../../src/stores/redis.ts'
import { anySoundRecord } from './any-record.ts'
import { damaged, damages } from './damages.ts'
import { QUESTIONS } from './damaged-verbs.ts'

test('a Redis that answers scripts with anything at all is told apart from one that answers: each call ends with an answer of its verb, or a typed error', async () => {
  await fc.assert(
    fc.asyncProperty(anyReply, fc.integer({ min: 1, max: 4 }), async (reply, callers) => {
      await using store = new RedisOnceStore(portAnswering(reply), { ownsPort: false })
      const calls = QUESTIONS.flatMap(({ name, ask }) =>
        Array.from({ length: callers }, async (_, caller) => {
          const key = storageKey('p', `${name} ${caller}`)
          const end: unknown = await ask(store, key, TOKEN).catch((error: unknown) => error)
          return end instanceof Error && !isOnceError(end) ? [{ name, end }] : []
        }),
      )
      expect((await Promise.all(calls)).flat()).toEqual([])
    }),
    effort(300),
  )
})

const TOKEN = '77'.repeat(16)

const leaf: fc.Arbitrary<RedisReply> = fc.oneof(
  fc.integer({ min: -3, max: 6 }),
  fc.double(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(anySoundRecord, damages).map(([bytes, ways]) => damaged(bytes, ways)),
  anySoundRecord,
  fc
    .constantFrom('', 'ERR', 'ERR no', 'UNREADABLE', 'WRONGTYPE x', 'OOM x', 'NOSCRIPT x')
    .map((text) => new RedisReplyError(text)),
  fc.bigInt({ min: 0n, max: 10n ** 18n }).map((digits) => Buffer.from(String(digits))),
)
const anyReply: fc.Arbitrary<RedisReply> = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 6 }),
  fc.array(fc.array(leaf, { maxLength: 6 }), { maxLength: 5 }),
)

/** Says the same to every script. */
function portAnswering(reply: RedisReply): RedisPort {
  return {
    address: 'redis://odd:6379/0',
    run: () => Promise.resolve(reply),
    command: () => Promise.resolve(reply),
    scan: () => Promise.resolve({ cursor: null, keys: [] }),
    subscribe: () => Promise.resolve(() => Promise.resolve()),
    health: () => Promise.resolve({ status: 'healthy', details: {} }),
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
