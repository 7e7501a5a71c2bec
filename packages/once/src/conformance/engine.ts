import { describe, test } from 'vitest'

import { bugsOfOthers } from './engine/bugs-of-others.ts'
import { clearing } from './engine/clearing.ts'
import { ending } from './engine/ending.ts'
import { leases } from './engine/leases.ts'
import { payloads } from './engine/payloads.ts'
import { running } from './engine/running.ts'
import { values } from './engine/values.ts'
import { waiting } from './engine/waiting.ts'
import { Fleet } from './engine/fleet.ts'
import type { EnginePromise } from './engine/fleet.ts'
import { withDefaults } from './traits.ts'
import type { ConformanceTraits, OpenStore } from './traits.ts'
import { Trial } from './trial.ts'

/**
 * Proves what `once` promises its callers, on a store, as tests of vitest.
 *
 * `open` is what `storeConformance` takes. Time is real, so the store's clock must not be injected. Several providers stand for
 * several processes: each has a connection of its own where the store has `another()`.
 *
 * @example
 * ```ts
 * import { MemoryOnceStore } from '@oncekit/once'
 * import { onceConformance } from '@oncekit/once/conformance'
 *
 * onceConformance('memory', async () => ({ store: new MemoryOnceStore() }))
 * ```
 */
export function onceConformance(
  name: string,
  open: OpenStore,
  traits: ConformanceTraits = {},
): void {
  const known = withDefaults(traits)
  if (known.clock === 'injected')
    throw new Error('onceConformance waits for real time: open a store with a real clock')

  describe(`once on ${name}`, () => {
    for (const [topic, promises] of TOPICS) {
      describe(topic, () => {
        for (const [sentence, keep] of promises) {
          test(sentence, { timeout: 30_000, concurrent: true }, async () => {
            await using trial = await Trial.open(open, known)
            await using fleet = new Fleet(trial)
            await keep(fleet)
          })
        }
      })
    }
  })
}

const TOPICS: readonly (readonly [topic: string, promises: readonly EnginePromise[]])[] = [
  ['an operation', running],
  ['an owner', leases],
  ['a duplicate', waiting],
  ['an argument', payloads],
  ['a value', values],
  ['a clear', clearing],
  ['the edges', ending],
  ['what others got wrong', bugsOfOthers],
]
