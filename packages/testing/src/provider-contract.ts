import type { Component, Provider } from '@oncekit/core'
import { describe, test } from 'vitest'
import { providerPromises } from './provider-promises.ts'
import type { ProviderContract } from './provider-promises.ts'

export type { ProviderContract } from './provider-promises.ts'

/**
 * Registers a vitest suite that holds a component to the contract of `@oncekit/core`. A promise that
 * cannot be checked for want of `broken`, `methods` or `waiting` is skipped with that reason.
 *
 * @example
 * ```ts
 * import { Once } from '@oncekit/once'
 * import { providerContract } from '@oncekit/testing/provider-contract'
 *
 * providerContract(Once, {
 *   config: Once.defaultConfig('test'),
 *   methods: { execute: (once) => once.execute('key', async () => 1) },
 *   waiting: (once, signal) => once.execute('key', () => new Promise(() => {}), { signal }),
 * })
 * ```
 */
export function providerContract<Config extends object, Deps extends object, P extends Provider>(
  component: Component<Config, Deps, P>,
  contract: ProviderContract<Config, Deps, P>,
): void {
  describe(`${component.name} keeps the provider contract`, () => {
    for (const { sentence, check, missing } of providerPromises(component, contract)) {
      test(sentence, async (context) => {
        if (missing !== undefined) context.skip(missing)
        await check()
      })
    }
  })
}
