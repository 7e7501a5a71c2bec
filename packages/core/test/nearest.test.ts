import { expect, test } from 'vitest'
import { nearest } from '../src/nearest.ts'

const fields = ['store', 'lease', 'ttl', 'retry', 'onDuplicate']

test.each([
  ['leese', 'lease'],
  ['laese', 'lease'],
  ['leas', 'lease'],
  ['leasee', 'lease'],
  ['TTL', 'ttl'],
  ['tll', 'ttl'],
  ['ondupicate', 'onDuplicate'],
])('%s was probably meant as %s', (word, field) => {
  expect(nearest(word, fields)).toBe(field)
})

test.each(['x', 'timeout', '', 'y'.repeat(100_000)])('%.10s is like none of them', (word) => {
  expect(nearest(word, fields)).toBeUndefined()
})
