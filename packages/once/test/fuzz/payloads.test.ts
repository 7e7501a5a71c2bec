import { systemClock } from '@oncekit/core'
import { MemoryOnceStore, Once, isOnceError } from '@oncekit/once'
import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { fingerprintHexOf } from '../../src/codec/index.ts'
import { FaultyStore } from '../engine/support/faulty-store.ts'
import { anything, UNSTEADY } from './hostile.ts'

test('a payload of any kind is refused before anything is asked of the store, or stands for itself', async () => {
  const store = new FaultyStore(new MemoryOnceStore({ maxEntries: 1_000_000 }), systemClock)
  await using once = await Once.create(Once.defaultConfig('test'), { store })
  let number = 0
  await fc.assert(
    fc.asyncProperty(fc.oneof(anything, fc.constantFrom(...UNSTEADY)), async (make) => {
      const key = `payload:${number++}`
      const payload = make()
      // No payload is given then.
      fc.pre(payload !== undefined)
      let runs = 0
      const call = (given: unknown): Promise<unknown> =>
        codeOf(once.execute(key, () => ++runs, { payload: given }))
      const asked = store.times('claim')
      const first = await call(payload)
      if (first === 'ONCE_INVALID_PAYLOAD') {
        expect(store.times('claim')).toBe(asked)
        expect(runs).toBe(0)
        return
      }
      expect(first).toBe(1)
      // Made anew it is the same payload, unless it is another one each time.
      expect([1, 'ONCE_MISMATCH', 'ONCE_INVALID_PAYLOAD']).toContain(await call(make()))
      expect(await call({ another: 'payload' })).toBe('ONCE_MISMATCH')
      expect(runs).toBe(1)
    }),
    effort(200),
  )
})

test('payloads that say the same have one fingerprint, however their fields are ordered', () => {
  fc.assert(
    fc.property(anyPayload, fc.infiniteStream(fc.boolean()), (payload, flips) => {
      const reordered = shuffled(payload, () => flips.next().value === true)
      expect(fingerprintHexOf(reordered)).toBe(fingerprintHexOf(payload))
      expect(fingerprintHexOf(structuredClone(payload))).toBe(fingerprintHexOf(payload))
    }),
    effort(200),
  )
})

test('a payload changed in one place only has another fingerprint', () => {
  fc.assert(
    fc.property(anyPayload, fc.nat(), scalar, (payload, seed, other) => {
      const changed = withOneChange(payload, seed, other)
      fc.pre(changed !== undefined)
      expect(fingerprintHexOf(changed)).not.toBe(fingerprintHexOf(payload))
    }),
    effort(400),
  )
})

test('no two payloads of many share a fingerprint', () => {
  const texts = new Map<string, string>()
  fc.assert(
    fc.property(fc.jsonValue(), (payload) => {
      fc.pre(!holdsMinusZero(payload))
      const print = fingerprintHexOf(payload)
      const text = JSON.stringify(sorted(payload))
      expect(texts.get(print) ?? text).toBe(text)
      texts.set(print, text)
    }),
    effort(500),
  )
})

const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(null, 0, -0, '0', 0n, '', Number.NaN, 'NaN', 'null', true, 'true'),
)

const fieldName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.constantFrom('$', '+', '__proto__', 'constructor', 'length', '0', '1', '10', 'a', 'toJSON'),
)

type Payload = unknown
const { anyPayload } = fc.letrec<{ anyPayload: Payload }>((tie) => ({
  anyPayload: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('anyPayload'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(fieldName, tie('anyPayload')), {
        maxLength: 5,
        selector: ([name]) => name,
      })
      .map((entries): unknown => Object.fromEntries(entries)),
  ),
}))

type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return (
    typeof value === 'object' && value !== null && !(value instanceof Date) && !Array.isArray(value)
  )
}

function shuffled(value: unknown, flip: () => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, flip))
  if (!isFields(value)) return value
  const [early, late]: [string, unknown][][] = [[], []]
  for (const [name, field] of Object.entries(value)) {
    const entry: [string, unknown] = [name, shuffled(field, flip)]
    if (flip()) early?.push(entry)
    else late?.unshift(entry)
  }
  return Object.fromEntries([...(late ?? []), ...(early ?? [])])
}

/** The payload with one scalar replaced; `undefined` when the other one says the same. */
function withOneChange(payload: unknown, seed: number, other: unknown): unknown {
  if (Array.isArray(payload) && payload.length > 0) {
    const at = seed % payload.length
    const changed = withOneChange(payload[at], Math.floor(seed / payload.length), other)
    return changed === undefined ? undefined : payload.with(at, changed)
  }
  if (isFields(payload) && Object.keys(payload).length > 0) {
    const entries = Object.entries(payload)
    const at = seed % entries.length
    const [name, field] = entries[at] ?? ['', undefined]
    const changed = withOneChange(field, Math.floor(seed / entries.length), other)
    if (changed === undefined) return undefined
    return Object.fromEntries(entries.with(at, [name, changed]))
  }
  return isSameScalar(payload, other) ? undefined : other
}

function isSameScalar(one: unknown, other: unknown): boolean {
  if (one instanceof Date && other instanceof Date) return Object.is(one.getTime(), other.getTime())
  return Object.is(one, other)
}

function holdsMinusZero(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(holdsMinusZero)
  return Object.is(value, -0)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isFields(value)) return value
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => [name, sorted(field)])
}

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call
  } catch (error) {
    if (isOnceError(error)) return error.code
    throw error
  }
}
