import type { RecordView } from '@oncekit/once'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { describeRecord } from '../src/records/describe.ts'
import { plain } from '../src/records/plain.ts'
import { recordJson } from '../src/records/record-json.ts'
import { RecordTable } from '../src/records/record-table.ts'
import { since, span } from '../src/records/time.ts'
import { paintFor } from '../src/terminal/paint.ts'
import { memoryWorld } from './memory-world.ts'

const world = memoryWorld()
const paint = paintFor(world.stdout, world)
const nowMs = Date.UTC(2026, 10, 21, 12)

const running: RecordView = {
  key: 'order:1',
  state: 'executing',
  attempt: 2,
  fence: 17,
  ttlMs: 86_430_000,
  leaseLeftMs: 21_000,
  holder: {
    host: 'web-1',
    pid: 42,
    service: 'payments',
    since: new Date(nowMs - 200_000),
    traceId: 'ab'.repeat(16),
  },
}
const done: RecordView = {
  key: 'order:2',
  state: 'succeeded',
  attempt: 1,
  fence: 18,
  ttlMs: undefined,
  leaseLeftMs: 0,
  holder: {},
  completedAt: new Date(nowMs - 1000),
  value: { id: 1 },
}

describe('a record for people', () => {
  test('says who holds it, since when and for how long', () => {
    expect(describeRecord(running, paint, nowMs)).toBe(
      [
        'key      order:1',
        'state    executing',
        'attempt  2',
        'fence    17',
        'held by  payments on web-1, pid 42',
        'since    2026-11-21T11:56:40.000Z (3m 20s ago)',
        'lease    21s left',
        `trace    ${'ab'.repeat(16)}`,
        'kept     1d more',
        '',
      ].join('\n'),
    )
  })

  test('says that a lease is over and the key is free to be taken', () => {
    expect(describeRecord({ ...running, leaseLeftMs: -5000 }, paint, nowMs)).toContain(
      'lease    over since 5s; the next caller runs\n',
    )
  })

  test('sums a value up in one line', () => {
    const text = describeRecord(
      { ...done, value: { text: 'x\u001B[2J'.repeat(1000) } },
      paint,
      nowMs,
    )
    expect(text).toContain('kept     until it is cleared\n')
    const line = text.split('\n').find((each) => each.startsWith('value')) ?? ''
    expect(line.length).toBeLessThan(260)
    expect(line).not.toContain('\u001B')
    expect(line.endsWith('… (--json shows it all)')).toBe(true)
  })

  test('tells a stored error and a missing value', () => {
    expect(
      describeRecord(
        { ...done, state: 'failed', value: undefined, error: new RangeError('too far') },
        paint,
        nowMs,
      ),
    ).toContain('error    RangeError: too far\n')
    expect(
      describeRecord({ ...done, value: undefined, resultUnavailable: 'a stream' }, paint, nowMs),
    ).toContain('no value a stream\n')
  })
})

describe('a record for machines', () => {
  test('has each member, null where there is nothing', () => {
    expect(JSON.parse(JSON.stringify(recordJson(done)))).toEqual({
      key: 'order:2',
      state: 'succeeded',
      attempt: 1,
      fence: 18,
      leaseLeftMs: 0,
      ttlMs: null,
      holder: null,
      completedAt: '2026-11-21T11:59:59.000Z',
      value: { id: 1 },
    })
    expect(JSON.parse(JSON.stringify(recordJson(running)))).toMatchObject({
      holder: { host: 'web-1', pid: 42, service: 'payments', since: '2026-11-21T11:56:40.000Z' },
      completedAt: null,
    })
  })

  test('shows in JSON what JSON has no form for', () => {
    const circular: Record<string, unknown> = {
      big: 10n,
      date: new Date(0),
      never: new Date(Number.NaN),
    }
    circular['self'] = circular
    expect(
      plain({
        ...circular,
        map: new Map([[1, new Set(['a'])]]),
        none: undefined,
        nan: Number.NaN,
        url: new URL('http://a/'),
        bytes: Buffer.from('hi'),
      }),
    ).toEqual({
      big: '10',
      date: '1970-01-01T00:00:00.000Z',
      never: 'Invalid Date',
      self: {
        big: '10',
        date: '1970-01-01T00:00:00.000Z',
        never: 'Invalid Date',
        self: '[circular]',
      },
      map: [[1, ['a']]],
      none: null,
      nan: 'NaN',
      url: 'http://a/',
      bytes: { base64: 'aGk=' },
    })
    expect(plain(new Error('a', { cause: Object.assign(new Error('b'), { code: 'E' }) }))).toEqual({
      name: 'Error',
      message: 'a',
      cause: { name: 'Error', message: 'b', code: 'E' },
    })
  })

  test('can be written as JSON whatever the value is', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
        }),
        (value) => {
          expect(() => JSON.stringify(plain(value))).not.toThrow()
        },
      ),
    )
  })
})

describe('a table', () => {
  test('has columns as wide as its rows need', () => {
    const table = new RecordTable(paint)
    expect(table.add(running) + table.add({ ...done, key: 'a longer key' })).toBe('')
    expect(table.rest()).toBe(
      [
        'KEY           STATE      ATTEMPT  KEPT    HELD BY',
        'order:1       executing  2        1d      payments on web-1, pid 42, lease 21s left',
        'a longer key  succeeded  1        always',
        '',
      ].join('\n'),
    )
    expect(table.rest()).toBe('')
  })

  test('does not keep a long listing back', () => {
    const table = new RecordTable(paint)
    const printed = Array.from({ length: 150 }, (_, index) =>
      table.add({ ...done, key: `k${index}` }),
    )
    expect(printed.findIndex((text) => text !== '')).toBe(99)
    expect(printed.at(-1)).toBe('k149  succeeded  1        always\n')
    expect(table.rest()).toBe('')
  })

  test('of nothing is nothing, not a heading', () => {
    expect(new RecordTable(paint).rest()).toBe('')
  })
})

test.each([
  [-5, '0ms'],
  [850.4, '850ms'],
  [42_000, '42s'],
  [200_000, '3m 20s'],
  [180_000, '3m'],
  [18_120_000, '5h 2m'],
  [277_200_000, '3d 5h'],
])('%d ms is %s', (ms, text) => {
  expect(span(ms)).toBe(text)
})

test('an instant is told with its age', () => {
  expect(since(new Date(nowMs - 60_000), nowMs)).toBe('2026-11-21T11:59:00.000Z (1m ago)')
})
