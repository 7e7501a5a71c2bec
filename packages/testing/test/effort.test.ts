import { effort } from '@oncekit/testing'
import { expect, test } from 'vitest'

test('a property is tried with the same cases on every machine', () => {
  expect(effort(200, {})).toEqual({ numRuns: 200, seed: expect.any(Number) })
  expect(effort(200, {})).toEqual(effort(200, {}))
})

test('a look tries the first of them, and at least one', () => {
  const { seed } = effort(200, {})
  expect(effort(200, { ONCEKIT_FUZZ: '0.3' })).toEqual({ numRuns: 60, seed })
  expect(effort(1, { ONCEKIT_FUZZ: '0.3' })).toEqual({ numRuns: 1, seed })
})

test('who tries more tries others every time, unless a seed is to be repeated', () => {
  expect(effort(200, { ONCEKIT_FUZZ: '100' })).toEqual({ numRuns: 20_000 })
  const repeated = effort(200, { ONCEKIT_FUZZ: '100', ONCEKIT_FUZZ_SEED: '7' })
  expect(repeated).toEqual({ numRuns: 20_000, seed: 7 })
})

test('an empty variable counts as unset', () => {
  expect(effort(200, { ONCEKIT_FUZZ: '', ONCEKIT_FUZZ_SEED: '' })).toEqual(effort(200, {}))
})

test.each([
  ['ONCEKIT_FUZZ', 'much', 'a number above 0'],
  ['ONCEKIT_FUZZ', '0', 'a number above 0'],
  ['ONCEKIT_FUZZ', ' ', 'a number above 0'],
  ['ONCEKIT_FUZZ', 'Infinity', 'a number above 0'],
  ['ONCEKIT_FUZZ_SEED', '1.5', 'a whole number'],
])('%s cannot be %j, and the error says what it can be', (name, text, allowed) => {
  expect(() => effort(200, { [name]: text })).toThrow(
    new RangeError(`${name}: got "${text}"; expected ${allowed}`),
  )
})
