import type { Once } from '@oncekit/once'

import type { Arguments } from '../arguments/parse.ts'
import { EXIT } from '../exit-codes.ts'
import { openStore } from '../open-store.ts'
import { Progress } from '../terminal/progress.ts'
import { printable } from '../terminal/printable.ts'
import type { World } from '../world.ts'

/** `once clear --prefix` */
export async function clearPrefix(prefix: string, args: Arguments, world: World): Promise<number> {
  await using once = await openStore(args, world)
  const { cleared, skippedExecuting } = await clearAll(once, prefix, args.has('force'), world)
  if (args.has('json')) {
    await world.stdout.write(`${JSON.stringify({ prefix, cleared, skippedExecuting })}\n`)
  } else {
    await world.stdout.write(
      `cleared ${cleared} ${cleared === 1 ? 'key' : 'keys'} beginning with ${printable(prefix)}\n`,
    )
    if (skippedExecuting > 0) {
      await world.stderr.write(
        `once: ${skippedExecuting} left alone, executing or undecided; see them with once ls --state executing,indeterminate\n`,
      )
    }
  }
  return skippedExecuting > 0 ? EXIT.tryAgain : EXIT.ok
}

async function clearAll(
  once: Once,
  prefix: string,
  force: boolean,
  world: World,
): Promise<{ readonly cleared: number; readonly skippedExecuting: number }> {
  await using _progress = new Progress(world.stderr, (seconds) => `clearing: ${seconds}s`)
  const idle = await once.clearByPrefix(prefix)
  if (!force || idle.skippedExecuting === 0) return idle
  let forced = 0
  for await (const { key } of once.list({ prefix, states: ['executing', 'indeterminate'] })) {
    if (await once.clear(key, { force: true })) forced++
  }
  return { cleared: idle.cleared + forced, skippedExecuting: 0 }
}
