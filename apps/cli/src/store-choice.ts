import { join } from 'node:path'

import { stateDirectory } from './state-directory.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

/** Which store a command works on. */
export interface StoreChoice {
  /** As `Once.create` takes it. */
  readonly store: string
  /** The folder of the embedded store, when the user named none. */
  readonly directory?: string
}

/**
 * The store named by `--store`, else by `ONCE_STORE`, else by `ONCE_URL`, else the embedded one.
 *
 * @throws {@link UsageError} for a store that two processes cannot share
 */
export function chooseStore(
  option: string | undefined,
  world: Pick<World, 'env' | 'platform' | 'home'>,
): StoreChoice {
  const [source, store] =
    option === undefined ? fromEnvironment(world.env) : (['--store', option] as const)
  if (store === undefined) {
    const directory = stateDirectory(world)
    return { store: `sqlite:${join(directory, 'once.db')}`, directory }
  }
  if (store === '')
    throw new UsageError(`${source} is empty`, 'name a store such as sqlite:./once.db')
  if (/^memory:/i.test(store)) {
    throw new UsageError(
      `${source}: ${store} would be forgotten as this process ends, so that no second one could see it`,
      'use sqlite:FILE on one host, redis://HOST for several, or leave it out',
    )
  }
  if (!/^[a-z][a-z0-9+.-]*:/i.test(store)) {
    // What stands before an @ may be a password.
    const shown = store.replace(/.*@/s, '[masked]@')
    throw new UsageError(
      `${source}: "${shown}" is no store URL`,
      `for a file write sqlite:${shown === store ? store : 'FILE'}`,
    )
  }
  return { store }
}

function fromEnvironment(env: World['env']): readonly [string, string | undefined] {
  const name = ['ONCE_STORE', 'ONCE_URL'].find((variable) => (env[variable] ?? '') !== '')
  return name === undefined ? ['', undefined] : [name, env[name]]
}
