import { mkdir } from 'node:fs/promises'

import type { Once, OnceConfig } from '@oncekit/once'

import type { Arguments } from './arguments/parse.ts'
import { paintFor } from './terminal/paint.ts'
import { chooseStore } from './store-choice.ts'
import type { World } from './world.ts'

/** Opens the store that the command line or the environment names; the embedded one says how far it reaches. */
export async function openStore(
  args: Arguments,
  world: World,
  settings: Partial<OnceConfig> = {},
): Promise<Once> {
  const { store, directory } = chooseStore(args.value('store'), world)
  const namespace = args.value('namespace') ?? (world.env['ONCE_NAMESPACE'] || undefined)
  if (directory !== undefined) {
    // What commands print may be private.
    await mkdir(directory, { recursive: true, mode: 0o700 })
    if (!args.has('quiet') && !args.has('json')) await announce(store, world)
  }
  return world.open({
    ...settings,
    store,
    ...(namespace === undefined ? {} : { prefix: namespace }),
  })
}

async function announce(store: string, world: World): Promise<void> {
  const { dim } = paintFor(world.stderr, world)
  await world.stderr.write(
    dim(`scope: this host (${store}; for several hosts --store redis://…)`) + '\n',
  )
}
