import { describe, expect, test } from 'vitest'

import type { Comparison, Measured, Slice, Target } from '../harness/comparison.ts'
import { claimsOf, fastestRival, verdictOf } from '../report/claim.ts'
import type { SubjectName } from '../subjects/index.ts'

const comparison: Comparison = {
  ...{ name: 'fresh, 32 callers', work: 'fresh', callers: 32, ours: 'once' },
  rivals: ['ioredis', 'node-redis'],
  beside: ['Redis store'],
  speed: { atLeast: 0.85, reachFor: 1.2, better: 'more' },
}

const slices = (perSecond: readonly number[], cpuMicros = 10): Slice[] =>
  perSecond.map((each) => ({ operations: 100, perSecond: each, cpuMicros }))

const measured = (
  bySubject: Partial<Record<SubjectName, Slice[]>>,
  more: Partial<Comparison> = {},
): Measured => ({
  comparison: { ...comparison, ...more },
  slices: new Map(Object.entries(bySubject) as [SubjectName, Slice[]][]),
})

describe('the fastest rival', () => {
  test('is the fastest in the middle of its slices, not in its best one', () => {
    const one = measured({
      once: slices([100, 100, 100]),
      ioredis: slices([10, 11, 500]),
      'node-redis': slices([20, 21, 22]),
    })
    expect(fastestRival(one)).toBe('node-redis')
  })

  test('is never one that was measured only beside', () => {
    const one = measured({
      once: slices([100]),
      ioredis: slices([10]),
      'node-redis': slices([20]),
      'Redis store': slices([900]),
    })
    expect(fastestRival(one)).toBe('node-redis')
  })
})

describe('a claim', () => {
  test('divides each slice by the slice of the rival next to it', () => {
    const one = measured({
      once: slices([10, 40, 90]),
      ioredis: slices([10, 20, 30]),
      'node-redis': slices([1, 1, 1]),
    })
    expect(claimsOf(one)).toEqual([
      {
        name: 'fresh, 32 callers',
        value: { median: 2, least: 1, most: 3 },
        against: 'ioredis',
        target: comparison.speed,
      },
    ])
  })

  test('about client CPU is made where there is a target for it', () => {
    const cpu: Target = { atLeast: 0.5, reachFor: 0.3, better: 'less' }
    const one = measured(
      { once: slices([10], 6), ioredis: slices([10], 12), 'node-redis': slices([1]) },
      { cpu },
    )
    expect(claimsOf(one)[1]).toEqual({
      name: 'fresh, 32 callers: client CPU',
      value: { median: 0.5, least: 0.5, most: 0.5 },
      against: 'ioredis',
      target: cpu,
    })
  })
})

describe('a verdict', () => {
  const of = (median: number, target?: Target): string | undefined =>
    verdictOf({
      name: 'any',
      value: { median, least: 0, most: 9 },
      ...(target === undefined ? {} : { target }),
    })
  const more: Target = { atLeast: 0.9, reachFor: 1, better: 'more' }
  const less: Target = { atLeast: 0.5, reachFor: 0.3, better: 'less' }

  test.each([
    [0.89, 'missed'],
    [0.9, 'met'],
    [1, 'reached'],
  ])('of %d where more is better and 0.9 is enough: %s', (median, verdict) => {
    expect(of(median, more)).toBe(verdict)
  })

  test.each([
    [0.51, 'missed'],
    [0.5, 'met'],
    [0.3, 'reached'],
  ])('of %d where less is better and 0.5 is enough: %s', (median, verdict) => {
    expect(of(median, less)).toBe(verdict)
  })

  test('is not given where nothing was promised', () => {
    expect(of(1)).toBeUndefined()
  })
})
