import type { Once } from '@oncekit/once'

import type { Arguments } from '../arguments/parse.ts'
import { EXIT } from '../exit-codes.ts'
import { failureOf } from '../failure.ts'
import type { Failure } from '../failure.ts'
import { openStore } from '../open-store.ts'
import { printable } from '../terminal/printable.ts'
import { UsageError } from '../usage-error.ts'
import type { World } from '../world.ts'
import { clearPrefix } from './clear-prefix.ts'

/** `once clear` */
export async function runClear(args: Arguments, world: World): Promise<number> {
  const keys = [...args.positionals, ...(args.rest ?? [])]
  const prefix = args.value('prefix')
  if (prefix !== undefined) {
    if (keys.length > 0)
      throw new UsageError('clear takes keys or --prefix, not both', 'do one after the other')
    if (prefix === '')
      throw new UsageError(
        '--prefix is empty, which is every key',
        'name the beginning of the keys',
      )
    return clearPrefix(prefix, args, world)
  }
  if (keys.length === 0)
    throw new UsageError('clear needs a key, or --prefix', 'list keys with once ls')

  await using once = await openStore(args, world)
  const ends: End[] = []
  for (const key of keys) {
    const end = await clearOne(once, key, args.has('force'))
    ends.push(end)
    if (!args.has('json')) await tell(end, world)
  }
  if (args.has('json')) await world.stdout.write(`${JSON.stringify(report(ends))}\n`)
  return Math.max(EXIT.ok, ...ends.map((end) => end.failure?.exitCode ?? EXIT.ok))
}

/** What became of one key. */
interface End {
  readonly key: string
  readonly what: 'cleared' | 'missing' | 'refused'
  readonly failure?: Failure
  readonly error?: unknown
}

async function clearOne(once: Once, key: string, force: boolean): Promise<End> {
  try {
    return { key, what: (await once.clear(key, { force })) ? 'cleared' : 'missing' }
  } catch (error) {
    const failure = failureOf(error)
    if (failure.code !== 'ONCE_IN_PROGRESS' && failure.code !== 'ONCE_INDETERMINATE') throw error
    return { key, what: 'refused', failure, error }
  }
}

async function tell({ key, what, failure }: End, world: World): Promise<void> {
  const shown = printable(key)
  if (what === 'cleared') await world.stdout.write(`cleared ${shown}\n`)
  else if (what === 'missing') await world.stdout.write(`missing ${shown}\n`)
  else {
    await world.stderr.write(
      `once: not cleared: ${printable(failure?.message ?? shown)}; --force clears it, and refuses the outcome of that run\n`,
    )
  }
}

function report(ends: readonly End[]): Readonly<Record<string, unknown>> {
  const keys = (what: End['what']): string[] =>
    ends.filter((end) => end.what === what).map((end) => end.key)
  return {
    cleared: keys('cleared'),
    missing: keys('missing'),
    refused: ends.flatMap(({ key, failure, error }) =>
      failure === undefined
        ? []
        : [{ key, code: failure.code, message: failure.message, holder: holderOf(error) }],
    ),
  }
}

function holderOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'holder' in error ? error.holder : null
}
