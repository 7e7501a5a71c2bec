import type { ListOptions, RecordStatus, RecordView } from '@oncekit/once'

import { nearest } from '../arguments/nearest.ts'
import type { Arguments } from '../arguments/parse.ts'
import { EXIT } from '../exit-codes.ts'
import { openStore } from '../open-store.ts'
import { paintFor } from '../terminal/paint.ts'
import { Progress } from '../terminal/progress.ts'
import { UsageError } from '../usage-error.ts'
import type { World } from '../world.ts'
import { prefixOf } from './prefix-of.ts'
import { recordJson } from './record-json.ts'
import { RecordTable } from './record-table.ts'

/** `once ls` */
export async function runLs(args: Arguments, world: World): Promise<number> {
  const listing = listingOf(args)
  await using once = await openStore(args, world)
  let found = 0
  await using progress = new Progress(
    world.stderr,
    (seconds) => `looking through the store: ${found} found, ${seconds}s`,
  )
  const print = async (text: string): Promise<void> => {
    if (text !== '') await progress.hide()
    await world.stdout.write(text)
  }
  const table = new RecordTable(paintFor(world.stdout, world))
  const line = (record: RecordView): string =>
    args.has('json') ? `${JSON.stringify(recordJson(record))}\n` : table.add(record)

  for await (const record of once.list(listing)) {
    found++
    await print(line(record))
    if (world.stdout.closed) return EXIT.ok
  }
  await print(table.rest())
  if (found === 0 && !args.has('json') && !args.has('quiet'))
    await world.stderr.write('no such keys\n')
  return EXIT.ok
}

function listingOf(args: Arguments): ListOptions {
  const prefix = prefixOf(args, 'ls', 'list them one after the other')
  const states = args
    .values('state')
    .flatMap((text) => text.split(','))
    .map(stateNamed)
  return {
    ...(prefix === undefined ? {} : { prefix }),
    ...(states.length === 0 ? {} : { states }),
  }
}

const STATES: readonly RecordStatus[] = [
  'executing',
  'succeeded',
  'failed',
  'indeterminate',
  'exhausted',
  'tombstone',
]

function stateNamed(text: string): RecordStatus {
  const state = STATES.find((known) => known === text.trim())
  if (state !== undefined) return state
  const guess = nearest(text, STATES)
  throw new UsageError(
    `--state: there is no state "${text}"`,
    guess === undefined ? `it is one of ${STATES.join(', ')}` : `did you mean ${guess}?`,
  )
}
