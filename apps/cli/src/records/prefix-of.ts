import type { Arguments } from '../arguments/parse.ts'
import { UsageError } from '../usage-error.ts'

/**
 * The one beginning of keys that a command line names, as its argument or by `--prefix`.
 *
 * @throws {@link UsageError} for more than one
 */
export function prefixOf(args: Arguments, command: string, next: string): string | undefined {
  const words = [...args.positionals, ...(args.rest ?? []), ...args.values('prefix')]
  if (words.length > 1)
    throw new UsageError(`${command} takes one prefix, got ${words.length}`, next)
  return words[0]
}
