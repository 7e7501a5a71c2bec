import { Random } from '@oncekit/testing'
import { expect, test } from 'vitest'

test('a seed brings back the same numbers, another seed others', () => {
  const draw = (seed: number): number[] => {
    const random = new Random(seed)
    return Array.from({ length: 100 }, () => random.next())
  }
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
})

test('numbers lie where they are asked for, and everywhere there', () => {
  const random = new Random(1)
  const drawn = Array.from({ length: 1000 }, () => random.between(10, 20))
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(10)
  expect(Math.max(...drawn)).toBeLessThan(20)
  expect(new Set(drawn.map(Math.floor)).size).toBe(10)
})

test('a shuffled list holds what it held', () => {
  const random = new Random(1)
  const list = Array.from({ length: 50 }, (_, index) => index)
  const shuffled = random.shuffled(list)
  expect(shuffled).not.toEqual(list)
  expect(shuffled.toSorted((a, b) => a - b)).toEqual(list)
})

test('nothing can be picked from an empty list', () => {
  expect(() => new Random(1).pick([])).toThrow(RangeError)
})
