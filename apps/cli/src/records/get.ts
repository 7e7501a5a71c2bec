import type { Arguments } from '../arguments/parse.ts'
import { EXIT } from '../exit-codes.ts'
import { openStore } from '../open-store.ts'
import { paintFor } from '../terminal/paint.ts'
import { printable } from '../terminal/printable.ts'
import { UsageError } from '../usage-error.ts'
import type { World } from '../world.ts'
import { describeRecord } from './describe.ts'
import { recordJson } from './record-json.ts'

/** `once get` */
export async function runGet(args: Arguments, world: World): Promise<number> {
  const [key, ...more] = [...args.positionals, ...(args.rest ?? [])]
  if (key === undefined)
    throw new UsageError('get needs a key', 'write once get KEY, or list keys with once ls')
  if (more.length > 0)
    throw new UsageError(
      `get takes one key, got ${more.length + 1}`,
      'list several with once ls PREFIX',
    )

  await using once = await openStore(args, world)
  const record = await once.get(key)
  if (args.has('json')) {
    await world.stdout.write(
      `${JSON.stringify(record === undefined ? null : recordJson(record))}\n`,
    )
  } else if (record === undefined) {
    await world.stderr.write(`once: no record of "${printable(key)}"; look around with once ls\n`)
  } else {
    await world.stdout.write(describeRecord(record, paintFor(world.stdout, world), world.now()))
  }
  return record === undefined ? EXIT.none : EXIT.ok
}
