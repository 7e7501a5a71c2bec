import { expect, test } from 'vitest'

import { encodeRecord } from '../../src/record.ts'
import type { OnceRecord } from '../../src/record.ts'
import { Rows, toColumns } from '../../src/stores/redis/columns.ts'
import { repliesIn } from '../../src/stores/redis/reply.ts'

test('requests that ask for the same share head and content', () => {
  const protos = [proto({ token: '11'.repeat(16) }), proto({ token: '22'.repeat(16) })]
  const [one, two] = protos.map(encodeRecord)
  expect(columnsOf(protos)).toEqual([
    one?.subarray(0, 24),
    Buffer.concat([one, two].map((bytes) => bytes?.subarray(24, 56) ?? Buffer.alloc(0))),
    Buffer.from('{"pid":1}[1]'),
  ])
})

test('what differs comes for each request, in their order', () => {
  const protos = [proto({ atMs: 1 }), proto({ atMs: 2 }), proto({ atMs: 1, body: '[22]' })]
  const [heads, , ...contents] = columnsOf(protos)
  const whole = protos.map(encodeRecord)
  expect(heads).toEqual(Buffer.concat(whole.map((bytes) => bytes.subarray(0, 24))))
  expect(contents.map(String)).toEqual(['{"pid":1}[1]', '{"pid":1}[1]', '{"pid":1}[22]'])
})

test.each<[string, Partial<OnceRecord>]>([
  ['state', { state: 'failed' }],
  ['attempt', { attempt: 3 }],
  ['fence', { fence: 7 }],
  ['fingerprint or none', { fingerprint: 'ab'.repeat(16) }],
  ['effect', { effect: true }],
  ['waiters', { waiters: true }],
  ['time', { atMs: 6 }],
  ['meta', { meta: '{"pid":"é"}' }],
  ['codec', { codec: 2 }],
])('a head tells one %s from another', (_what, given) => {
  const protos = [proto({}), proto(given), proto({})]
  const [heads] = columnsOf(protos)
  expect(heads).toEqual(Buffer.concat(protos.map((each) => encodeRecord(each).subarray(0, 24))))
})

test('bytes of any kind come as they are', () => {
  const record = proto({ body: Buffer.from([0, 255, 13, 10]), fingerprint: 'ab'.repeat(16) })
  expect(Buffer.concat(columnsOf([record]))).toEqual(encodeRecord(record))
})

test('what no record can hold is refused before it shares a batch', () => {
  expect(() => new Rows().of(proto({ meta: 'x'.repeat(70_000) }))).toThrow(RangeError)
  expect(() => new Rows().of(proto({ fence: -1 }))).toThrow(RangeError)
})

test('a batch is answered key by key, by one answer for all, or by offsets to a base', () => {
  expect([0, 1, 2].map(repliesIn([7, null], 'test'))).toEqual([7, null, undefined])
  expect([0, 1].map(repliesIn(1, 'test'))).toEqual([1, 1])
  const offsets = Buffer.concat([Buffer.from('1795000000000000'), Buffer.from([0, 255, 2])])
  expect([0, 1, 2, 3].map(repliesIn(offsets, 'test'))).toEqual([
    1_795_000_000_000_000,
    1_795_000_000_000_255,
    1_795_000_000_000_002,
    undefined,
  ])
  expect(() => repliesIn(null, 'test')).toThrow('test')
})

function columnsOf(protos: readonly OnceRecord[]): Buffer[] {
  const rows = new Rows()
  return toColumns(protos.map((each) => rows.of(each))).map((column) => Buffer.from(column))
}

function proto(given: Partial<OnceRecord>): OnceRecord {
  return {
    ...{ state: 'succeeded', attempt: 0, fence: 0, token: '00'.repeat(16), fingerprint: '' },
    ...{ effect: false, waiters: false, atMs: 5, meta: '{"pid":1}', codec: 1, body: '[1]' },
    ...given,
  }
}
