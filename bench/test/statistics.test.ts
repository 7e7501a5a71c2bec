import { describe, expect, test } from 'vitest'

import { median, quantile, spreadOf } from '../harness/statistics.ts'

describe('median', () => {
  test('is the value in the middle, whatever the order', () => {
    expect(median([3, 100, 1])).toBe(3)
  })

  test('of an even number of values lies between the two in the middle', () => {
    expect(median([4, 1, 2, 100])).toBe(3)
  })

  test('of nothing is an error, not a figure', () => {
    expect(() => median([])).toThrow('nothing was measured')
  })
})

describe('quantile', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n)

  test('0.99 of a hundred values is the second largest', () => {
    expect(quantile(hundred, 0.99)).toBe(99)
  })

  test('0 and 1 are the extremes', () => {
    expect([quantile(hundred, 0), quantile(hundred, 1)]).toEqual([1, 100])
  })

  test('of one value is that value', () => {
    expect(quantile([7], 0.5)).toBe(7)
  })

  test('of nothing is an error, not a figure', () => {
    expect(() => quantile([], 0.5)).toThrow('nothing was measured')
  })
})

test('a spread tells the middle and both ends', () => {
  expect(spreadOf([0.9, 1.4, 1.1])).toEqual({ median: 1.1, least: 0.9, most: 1.4 })
})
