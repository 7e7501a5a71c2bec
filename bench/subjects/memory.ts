import { Once } from '@oncekit/once'

import type { Subject, Work } from '../harness/subject.ts'
import { RESULT, doneKey, doneKeys, produce, refuse } from './operation.ts'
import { configFor } from './once.ts'

/** Keys for one slice. */
const KEYS = 200_000
/** A look at the clock would cost as much as a call. */
const STRIDE = 16

/** The library with all records in this process. */
export async function onceInMemory(): Promise<Subject> {
  const once = await Once.create(configFor('memory:'))
  return {
    async begin(work) {
      if (work === 'replay') {
        const keys = doneKeys()
        await Promise.all(keys.map((key) => once.execute(key, produce)))
        return { stride: STRIDE, act: (n) => once.execute(doneKey(keys, n), refuse) }
      }
      return onNewKeys(
        (key) => once.execute(key, produce),
        // Not a new one: code that has become quick for one provider is slow again for the next.
        () => once.clearByPrefix(''),
      )
    },
    [Symbol.asyncDispose]: () => once.close(),
  }
}

/** What is written in place of a library: a Map of promises. */
export async function mapOfPromises(): Promise<Subject> {
  const results = new Map<string, Promise<object>>()
  const once = async (key: string, callback: () => Promise<object>): Promise<object> => {
    const known = results.get(key)
    if (known !== undefined) return known
    const result = callback()
    results.set(key, result)
    return result
  }
  return {
    async begin(work) {
      if (work === 'replay') {
        const keys = doneKeys()
        const values = new Map(keys.map((key) => [key, RESULT]))
        const look = async (key: string): Promise<object | undefined> => values.get(key)
        return { stride: STRIDE, act: (n) => look(doneKey(keys, n)) }
      }
      return onNewKeys(
        (key) => once(key, produce),
        () => results.clear(),
      )
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** Keys are made before the slice: making them would cost both sides more than a Map does. */
function onNewKeys(execute: (key: string) => unknown, empty: () => unknown): Work {
  let keys: string[] = []
  let next = 0
  return {
    stride: STRIDE,
    limit: KEYS,
    async clear() {
      await empty()
      keys = Array.from({ length: KEYS }, (_, n) => Buffer.from(`order:${n}`).toString('latin1'))
      next = 0
    },
    act: () => execute(keys[next++] ?? ''),
  }
}
