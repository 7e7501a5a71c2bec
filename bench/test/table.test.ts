import { expect, test } from 'vitest'

import type { Measured } from '../harness/comparison.ts'
import { digits, table } from '../report/table.ts'
import { claimsTable, subjectsTable } from '../report/text.ts'

test('a table is Markdown whose columns line up', () => {
  expect(
    table(
      ['name', 'k/s'],
      [
        ['a longer name', '1.0'],
        ['b', '12.34'],
      ],
    ),
  ).toBe(
    [
      '| name          |   k/s |',
      '|---------------|------:|',
      '| a longer name |   1.0 |',
      '| b             | 12.34 |',
    ].join('\n'),
  )
})

test.each([
  [0, '0'],
  [0.0123, '0.012'],
  [0.874, '0.874'],
  [1.0049, '1.00'],
  [12.34, '12.3'],
  [98_765.4, '98765'],
  [-0.5, '-0.500'],
  [Number.NaN, 'NaN'],
])('%d is shown as %s', (value, text) => {
  expect(digits(value)).toBe(text)
})

test('a claim stands beside its targets and what the run says', () => {
  const text = claimsTable([
    {
      name: 'fresh, 32 callers',
      value: { median: 0.9, least: 0.7, most: 1.3 },
      against: 'ioredis',
      target: { atLeast: 0.85, reachFor: 1.2, better: 'more' },
    },
    {
      name: 'header bytes',
      value: { median: 56, least: 56, most: 56 },
      target: { atLeast: 64, reachFor: 48, better: 'less' },
    },
    { name: 'unpromised', value: { median: 2, least: 1, most: 3 }, against: 'ioredis' },
  ])
  const [, , ...rows] = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  expect(rows).toEqual([
    ['', 'fresh, 32 callers ÷ ioredis', '0.900', '0.700–1.30', '≥ 0.85', '≥ 1.2', 'met', ''],
    ['', 'header bytes', '56.0', '56.0–56.0', '≤ 64', '≤ 48', 'met', ''],
    ['', 'unpromised ÷ ioredis', '2.00', '1.00–3.00', '', '', '', ''],
  ])
})

test('what a subject has no figure for stays empty', () => {
  const measured: Measured = {
    comparison: {
      ...{ name: 'memory fresh', work: 'fresh', callers: 1, ours: 'once in memory' },
      rivals: ['Map of promises'],
    },
    slices: new Map([
      ['once in memory', [{ operations: 5, perSecond: 200_000, cpuMicros: 4.5 }]],
      [
        'Map of promises',
        [
          {
            ...{ operations: 5, perSecond: 2_000_000, cpuMicros: 0.5 },
            latencyMicros: { p50: 1, p99: 2 },
          },
        ],
      ],
    ]),
  }
  const [, , ...rows] = subjectsTable([measured])
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
  expect(rows.map((row) => row.slice(1, 7))).toEqual([
    ['memory fresh: once in memory', '200', '', '', '4.50', ''],
    ['memory fresh: Map of promises', '2000', '1.00', '2.00', '0.500', ''],
  ])
})
