import { Once, type OnceConfig } from '@oncekit/once'

import type { Subject } from '../harness/subject.ts'
import { doneKey, doneKeys, keyOf, payloadOf, produce, refuse, resultOf } from './operation.ts'

/** The library as its users have it, on a shared store. */
export async function onceOn(store: string): Promise<Subject> {
  const once = await Once.create(configFor(store))
  return {
    async begin(work) {
      switch (work) {
        case 'fresh':
          return { act: (n) => once.execute(keyOf(n), async () => resultOf(n)) }
        case 'payload':
          return {
            act: (n) => once.execute(keyOf(n), async () => resultOf(n), { payload: payloadOf(n) }),
          }
        case 'replay': {
          const keys = doneKeys()
          await Promise.all(keys.map((key) => once.execute(key, produce)))
          return { act: (n) => once.execute(doneKey(keys, n), refuse) }
        }
        default:
          throw new Error(`once does not know the work ${work}`)
      }
    },
    [Symbol.asyncDispose]: () => once.close(),
  }
}

/** Production's defaults, and a store. */
export function configFor(store: string): OnceConfig {
  return {
    ...Once.defaultConfig('production'),
    store,
    serviceName: 'bench',
    prefix: 'bench',
    // What stands in the way of a benchmark, not of a service: a slice writes more than these allow.
    maxEntries: 1_000_000,
  }
}
