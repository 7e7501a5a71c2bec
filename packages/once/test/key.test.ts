import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  BUCKETS,
  escapePart,
  parseSuffix,
  splitStorageKey,
  storageKey,
  storageKeyIn,
  suffixOf,
} from '../src/key.ts'
import { vectors } from './vectors.ts'

/** Any well-formed text, with a liking for what has a meaning in a storage key. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('{', '}', ':', '@', '%', '0', 'a', '7', 'B') }),
)
const anyPrefix = anyText.filter((given) => given !== '')
const anyScope = fc.option(anyText, { nil: undefined })

describe('a storage key', () => {
  test.each(vectors.keys)('of $prefix, $scope and $key is $storageKey', (vector) => {
    expect(storageKey(vector.prefix, vector.key, vector.scope)).toBe(vector.storageKey)
    expect(vector.storageKey).toContain(`:${String(vector.bucket).padStart(3, '0')}}`)
  })

  test('differs when prefix, scope or key differs', () => {
    const named = new Map<string, string>()
    fc.assert(
      fc.property(anyPrefix, anyScope, anyText, (prefix, scope, key) => {
        const tuple = JSON.stringify([prefix, scope ?? null, key])
        const name = storageKey(prefix, key, scope)
        expect(named.get(name) ?? tuple).toBe(tuple)
        named.set(name, tuple)
      }),
      { numRuns: effort(20_000).numRuns },
    )
  })

  test('comes apart into what it was made of', () => {
    fc.assert(
      fc.property(anyPrefix, anyScope, anyText, (prefix, scope, key) => {
        const parts = splitStorageKey(storageKey(prefix, key, scope))
        expect(parts).toEqual({ prefix: escapePart(prefix), suffix: suffixOf(key, scope) })
        expect(decodeURIComponent(parts?.prefix ?? '')).toBe(prefix)
        expect(parseSuffix(parts?.suffix ?? '')).toEqual(
          scope === undefined ? { key } : { key, scope },
        )
      }),
      { numRuns: effort(5_000).numRuns },
    )
  })

  test('is the same with a prefix that was escaped before', () => {
    fc.assert(
      fc.property(anyPrefix, anyScope, anyText, (prefix, scope, key) => {
        expect(storageKeyIn(escapePart(prefix), suffixOf(key, scope))).toBe(
          storageKey(prefix, key, scope),
        )
      }),
    )
  })

  test('of one prefix never begins like one of another, however much longer that is', () => {
    fc.assert(
      fc.property(anyPrefix, anyPrefix, anyText, anyText, (prefix, ending, key, other) => {
        const own = `{${escapePart(prefix)}:`
        expect(storageKey(prefix, key).startsWith(own)).toBe(true)
        expect(storageKey(prefix + ending, other).startsWith(own)).toBe(false)
      }),
    )
  })

  test('has one pair of braces before the suffix, so that Redis Cluster hashes what is between them', () => {
    fc.assert(
      fc.property(anyPrefix, anyScope, anyText, (prefix, scope, key) => {
        const name = storageKey(prefix, key, scope)
        const tag = name.slice(1, name.indexOf('}'))
        expect(name[0]).toBe('{')
        expect(tag).toMatch(/:[0-9]{3}$/)
        expect(tag).not.toContain('{')
        expect(Number(tag.slice(-3))).toBeLessThan(BUCKETS)
      }),
    )
  })

  test('spreads plain keys over all buckets evenly', () => {
    const counts = new Map<string, number>()
    for (let number = 0; number < 25_600; number++) {
      const tag = storageKey('p', `order:${number}`).slice(0, 7)
      counts.set(tag, (counts.get(tag) ?? 0) + 1)
    }
    expect(counts.size).toBe(BUCKETS)
    expect(Math.max(...counts.values())).toBeLessThan(200)
  })

  test.each([
    '',
    'plain',
    '{}',
    '{p}:key',
    '{:000}:key',
    '{p:000}',
    '{p:000}x',
    '{p:000}#fence',
    'p:000}:key',
  ])('is not %j', (text) => {
    expect(splitStorageKey(text)).toBeUndefined()
  })

  test('comes apart without a failure, whatever text it is taken for', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parts = splitStorageKey(text)
        expect(text.endsWith(parts?.suffix ?? '')).toBe(true)
      }),
    )
  })
})
