import { describe, test } from 'vitest'

import { attemptPromises } from './conformance/attempts.ts'
import { bodyPromises } from './conformance/bodies.ts'
import { claimPromises } from './conformance/claims.ts'
import { closingPromises } from './conformance/closing.ts'
import { connectionPromises } from './conformance/connections.ts'
import { effectPromises } from './conformance/effects.ts'
import { expiryPromises } from './conformance/expiry.ts'
import { fencePromises } from './conformance/fences.ts'
import { keyPromises } from './conformance/keys.ts'
import { leasePromises } from './conformance/leases.ts'
import { outcomePromises } from './conformance/outcomes.ts'
import { payloadPromises } from './conformance/payloads.ts'
import { releasePromises } from './conformance/releases.ts'
import { removalPromises } from './conformance/removal.ts'
import { scanPromises } from './conformance/scanning.ts'
import { Trial } from './conformance/trial.ts'
import type { Promises } from './conformance/trial.ts'
import { withDefaults } from './conformance/traits.ts'
import type { ConformanceTraits, OpenStore } from './conformance/traits.ts'
import { unreadablePromises } from './conformance/unreadable.ts'
import { watchPromises } from './conformance/watching.ts'

export { storeDifferential } from './conformance/differential.ts'
export type { OpenConnections, OpenedConnections, StoreTime } from './conformance/differential.ts'
export { onceConformance } from './conformance/engine.ts'
export type { ConformanceTraits, OpenedStore, OpenStore } from './conformance/traits.ts'

/**
 * Proves that a store keeps what {@link OnceStore} promises, as tests of vitest.
 *
 * Every test opens a store of its own and uses keys of its own, so a shared server will do. Time is the store's: waited for, or
 * moved by `advance` where the store has an injected clock.
 *
 * @example
 * ```ts
 * import { MemoryOnceStore } from '@oncekit/once'
 * import { storeConformance } from '@oncekit/once/conformance'
 *
 * storeConformance('memory', async () => ({ store: new MemoryOnceStore() }), { fences: 'store' })
 * ```
 */
export function storeConformance(
  name: string,
  open: OpenStore,
  traits: ConformanceTraits = {},
): void {
  const known = withDefaults(traits)

  describe(`${name} as a store of once`, () => {
    for (const [topic, promises] of TOPICS) {
      if (promises === unreadablePromises && known.records === 'objects') continue
      describe(topic, () => {
        promises((sentence, keep, options = {}) => {
          test(sentence, { timeout: options.timeoutMs ?? 15_000 }, async () => {
            await using trial = await Trial.open(open, known)
            await keep(trial)
          })
        }, known)
      })
    }
  })
}

const TOPICS: readonly (readonly [topic: string, promises: Promises])[] = [
  ['a claim', claimPromises],
  ['a payload', payloadPromises],
  ['a lease', leasePromises],
  ['a declared effect', effectPromises],
  ['an outcome', outcomePromises],
  ['a release', releasePromises],
  ['attempts', attemptPromises],
  ['a fence', fencePromises],
  ['time to live', expiryPromises],
  ['a removal', removalPromises],
  ['a body', bodyPromises],
  ['a key', keyPromises],
  ['a scan', scanPromises],
  ['a record that cannot be read', unreadablePromises],
  ['a watcher', watchPromises],
  ['several connections', connectionPromises],
  ['the end', closingPromises],
]
