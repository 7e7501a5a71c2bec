// Prints, as JSON, what one record costs the heap. Needs --expose-gc: what is garbage does not count.
import { Once } from '@oncekit/once'

import { configFor } from '../subjects/once.ts'
import type { HeapFigures } from './heap.ts'

const RECORDS = 20_000

const { gc } = globalThis
if (gc === undefined) throw new Error('run with --expose-gc')

const empty = used()
const keys = texts((n) => `order:${n.toString().padStart(12, '0')}`)
const withKeys = used()
const bodies = texts((n) => JSON.stringify(resultOf(n)))
const withBodies = used()
// One slot of each array is beside the text.
const key = (withKeys - empty) / RECORDS - 8
const value = (withBodies - withKeys) / RECORDS - 8

await using once = await Once.create(configFor('memory:'))
await once.execute('first', () => resultOf(0))
const before = used()
for (const [n, name] of keys.entries()) await once.execute(name, () => resultOf(n))
const total = (used() - before) / RECORDS

const figures: HeapFigures = {
  total,
  key,
  value,
  beyond: total - key - value,
  bodies: bodies.length,
}
console.log(JSON.stringify(figures))

function used(): number {
  for (let i = 0; i < 4; i++) gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Texts as they come off a wire: flat, each its own. */
function texts(make: (n: number) => string): string[] {
  return Array.from({ length: RECORDS }, (_, n) => Buffer.from(make(n)).toString('latin1'))
}

function resultOf(n: number): object {
  return {
    id: `re_${n.toString().padStart(16, '0')}`,
    order: `ord_${n}`,
    amount: n,
    currency: 'EUR',
    status: 'captured',
    at: '2026-11-21T12:00:00.000Z',
  }
}
