import { expect, test } from 'vitest'

import { encodeRecord } from '../../src/record.ts'
import { toColumns } from '../../src/stores/redis/columns.ts'

test('requests that ask for the same share head and content', () => {
  const [one, two] = [proto({ token: '11'.repeat(16) }), proto({ token: '22'.repeat(16) })]
  expect(toColumns([one, two])).toEqual([
    one.subarray(0, 24),
    Buffer.concat([one.subarray(24, 56), two.subarray(24, 56)]),
    Buffer.from('{"pid":1}[1]'),
  ])
})

test('what differs comes for each request, in their order', () => {
  const requests = [proto({ atMs: 1 }), proto({ atMs: 2 }), proto({ atMs: 1, body: '[22]' })]
  const [heads, , ...contents] = toColumns(requests)
  expect(heads).toEqual(Buffer.concat(requests.map((request) => request.subarray(0, 24))))
  expect(contents.map(String)).toEqual(['{"pid":1}[1]', '{"pid":1}[1]', '{"pid":1}[22]'])
})

test('bytes of any kind come as they are', () => {
  const record = proto({ body: Buffer.from([0, 255, 13, 10]), fingerprint: 'ab'.repeat(16) })
  const [head, identity, content] = toColumns([new Uint8Array(record)])
  expect(Buffer.concat([head, identity, content].map((part) => part as Buffer))).toEqual(record)
})

function proto(given: Partial<Parameters<typeof encodeRecord>[0]>): Buffer {
  return encodeRecord({
    ...{ state: 'succeeded', attempt: 0, fence: 0, token: '00'.repeat(16), fingerprint: '' },
    ...{ effect: false, waiters: false, atMs: 5, meta: '{"pid":1}', codec: 1, body: '[1]' },
    ...given,
  })
}
