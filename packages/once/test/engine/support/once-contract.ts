import type { Once, OnceConfig, OnceDeps } from '@oncekit/once'

import type { ProviderContract } from '../../../../testing/src/provider-promises.ts'

/** What the provider contract suite has to know of `once`, whatever its store. */
export function onceContract(config: OnceConfig): ProviderContract<OnceConfig, OnceDeps, Once> {
  return {
    config,
    methods: {
      execute: (once) => once.execute('contract', () => 1),
      executeOutcome: (once) => once.executeOutcome('contract', () => 1),
      do: (once) => once.do('contract', () => 1),
      executeSimple: (once) => once.executeSimple('contract', () => 1),
      wrap: (once) => once.wrap(() => 1, { key: () => 'contract' })(),
      get: (once) => once.get('contract'),
      check: (once) => once.check('contract'),
      exists: (once) => once.exists('contract'),
      clear: (once) => once.clear('contract'),
      delete: (once) => once.delete('contract'),
      clearByPrefix: (once) => once.clearByPrefix('contract'),
      list: (once) => once.list().next(),
      health: (once) => once.health(),
    },
    // The callback ends with its signal, so that nothing goes on when the caller has left.
    waiting: (once, signal) =>
      once.execute(
        'contract:waiting',
        (run) =>
          new Promise((_, reject) => {
            run.signal.addEventListener('abort', () => reject(run.signal.reason))
          }),
        { signal },
      ),
  }
}
