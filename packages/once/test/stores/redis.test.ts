import { RedisError, RedisReplyError } from '@oncekit/redis'
import type { RedisPort } from '@oncekit/redis'
import { expect, test } from 'vitest'

import { storageKey, suffixOf } from '../../src/key.ts'
import { HEADER_BYTES, RECORD_VERSION, RecordUnreadable, STATE_CODES } from '../../src/record.ts'
import { claimScript } from '../../src/stores/redis/claim.ts'
import { commitScript, commitVerb } from '../../src/stores/redis/commit.ts'
import { storeError } from '../../src/stores/redis/errors.ts'
import { extendScript } from '../../src/stores/redis/extend.ts'
import { readScript } from '../../src/stores/redis/read.ts'
import { releaseScript } from '../../src/stores/redis/release.ts'
import { removeScript } from '../../src/stores/redis/remove.ts'
import { escapeGlob, keysOf, scanOptions } from '../../src/stores/redis/scan.ts'
import { touchScript } from '../../src/stores/redis/touch.ts'
import { BatchedVerb, fenceKey } from '../../src/stores/redis/verb.ts'

const SCRIPTS = [
  ...[claimScript, commitScript, extendScript, readScript, releaseScript, removeScript],
  touchScript,
].flatMap(({ one, many }) => [one, many])
const ADDRESS = 'redis://127.0.0.1:6379/0'

test.each(SCRIPTS)('the script $name knows the constants of the record', ({ source }) => {
  const { executing, indeterminate, exhausted, released, tombstone } = STATE_CODES
  expect(source).toContain(
    `EXECUTING, INDETERMINATE, EXHAUSTED = ${executing}, ${indeterminate}, ${exhausted}`,
  )
  expect(source).toContain(`RELEASED, TOMBSTONE = ${released}, ${tombstone}`)
  expect(source).toContain(`#bytes >= ${HEADER_BYTES}`)
  expect(source).toContain(`version ~= ${RECORD_VERSION}`)
})

test.each(SCRIPTS)('the script $name lets no key harm another', ({ source }) => {
  // The clock belongs to no key; all else runs under pcall.
  expect(source.match(/redis\.call/g) ?? []).toHaveLength(source.includes(`'TIME'`) ? 1 : 0)
})

test('the fence of a bucket shares the slot of its records and can be none of them', () => {
  expect(fenceKey('{pay:017}:order')).toBe('{pay:017}!fence')
  expect(fenceKey(storageKey('a}b', '}!fence', '}'))).toMatch(/^\{a%7Db:\d{3}\}!fence$/)
})

test('a pattern matches a text alone, whatever it holds', () => {
  expect(escapeGlob('a*b?c[d]e\\f^g-h\ni{j}')).toBe('a\\*b\\?c\\[d\\]e\\\\f\\^g\\-h\ni{j}')
  expect(scanOptions({ prefix: 'p*:q', suffixPrefix: ':a[', cursor: '7' })).toEqual({
    match: '{p\\*%3Aq:???}:a\\[*',
    count: 256,
    cursor: '7',
  })
})

test('a page is freed of repeats, fences and what only looks alike', () => {
  const mine = storageKey('p', 'a1')
  const others = [
    '{p:001}!fence',
    '{p:x:001}:a1',
    storageKey('p', 'b1'),
    `{p:001}${suffixOf('a', 's')}`,
  ]
  const page = [mine, mine, ...others].map((name) => Buffer.from(name))
  expect(keysOf(page, { prefix: 'p', suffixPrefix: ':a' })).toEqual([mine])
})

test.each([
  [new RedisReplyError('OOM command not allowed'), 'ONCE_STORE_UNAVAILABLE', /maxmemory/],
  [new RedisReplyError('MISCONF Redis is'), 'ONCE_STORE_UNAVAILABLE', /disk/],
  [new RedisReplyError('READONLY You can'), 'ONCE_STORE_UNAVAILABLE', /primary/],
  [new RedisReplyError('LOADING Redis is'), 'ONCE_STORE_UNAVAILABLE', /wait/],
  [new RedisReplyError('CLUSTERDOWN Hash'), 'ONCE_STORE_UNAVAILABLE', /nodes/],
  [new RedisReplyError('WRONGTYPE Operation'), 'ONCE_RECORD_UNREADABLE', /another type.*program/],
  [new RedisReplyError('UNREADABLE record version 2'), 'ONCE_RECORD_UNREADABLE', /version 2/],
  [new RecordUnreadable('record version 3'), 'ONCE_RECORD_UNREADABLE', /version 3/],
  [new RedisError('REDIS_TIMEOUT', 'no answer in 2 s'), 'ONCE_STORE_UNAVAILABLE', /no answer/],
  [new RedisError('REDIS_CLOSED', 'closed'), 'ONCE_CLOSED', /closed/],
  [new TypeError('odd'), 'ONCE_STORE_UNAVAILABLE', /127\.0\.0\.1.*odd/],
])('the caller is told what %s means for the key', (reason, code, said) => {
  const error = storeError(reason, storageKey('p', 'order:1', 'eu'), ADDRESS)
  expect(error.code).toBe(code)
  expect(error.message).toMatch(said)
  expect(error.cause).toBe(reason)
  if (code !== 'ONCE_CLOSED') expect(error.key).toBe('order:1')
})

test('an answer to a call of one key means what it means in a batch', () => {
  const reply = 'UNREADABLE record version 9, this release reads 1 script: ' + 'a'.repeat(40)
  const reason = new RedisError('REDIS_REPLY', 'answered', {
    reply: `${reply}, on @user_script:9.`,
  })
  const error = storeError(reason, storageKey('p', 'order:1'), ADDRESS)
  expect(error.code).toBe('ONCE_RECORD_UNREADABLE')
  expect(error.message).toMatch(/version 9, this release reads 1\. It was left/)
  expect(error.cause).toMatchObject({ cause: reason })
})

test('a batch is weighed in bytes: text beyond ASCII takes more of them', async () => {
  const sent: number[] = []
  const port = {
    address: ADDRESS,
    run: (_script: unknown, keys: readonly unknown[]) => {
      sent.push(keys.length)
      return Promise.resolve(1)
    },
  }
  // All that a verb uses of a port.
  const verb = new BatchedVerb(port as unknown as RedisPort, commitVerb, { unanswered: 0 })
  const outcome = { state: 'succeeded', codec: 1, body: 'é'.repeat(60 * 1024) } as const
  const commits = ['a', 'b', 'c'].map((key) =>
    verb.ask({ key: storageKey('p', key), token: '0'.repeat(32), outcome, ttlMs: 1000, meta: '' }),
  )
  expect(await Promise.all(commits)).toEqual(['committed', 'committed', 'committed'])
  expect(sent).toEqual([2, 1])
})
