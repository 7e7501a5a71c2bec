import { INVARIANTS, explore, search } from '@oncekit/once/model'
import { describe, expect, test } from 'vitest'

import { BROKEN } from './broken.ts'

/** The longest story that is still read to its end. */
const SHORT = 25

describe('a guard taken away is noticed', () => {
  test.each(BROKEN)(
    '$invariant: $what',
    { timeout: 60_000 },
    ({ machine = {}, conduct = {}, scope, invariant }) => {
      const { breach } = search({ scope, machine, conduct })
      expect(breach?.trace.at(-1)).toContain(`${invariant} is broken: ${breach?.reason}`)
      expect(breach?.invariant).toBe(invariant)
      expect(breach?.trace.length).toBeLessThanOrEqual(SHORT)
    },
  )

  test('every check can fail', () => {
    const noticed = new Set(BROKEN.map(({ invariant }) => invariant))
    expect(INVARIANTS.filter((invariant) => !noticed.has(invariant))).toEqual([])
  })
})

describe('random schedules notice it too', () => {
  test.each(BROKEN)('$what', { timeout: 60_000 }, ({ machine = {}, conduct = {} }) => {
    const { breach } = explore({ runs: 60_000, seed: 7, machine, conduct })
    expect(breach).toBeDefined()
    expect(breach?.trace.length).toBeLessThanOrEqual(SHORT)
  })
})
