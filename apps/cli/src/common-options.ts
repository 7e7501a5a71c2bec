import type { OptionSpec } from './arguments/spec.ts'

/** Options that every command has. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'store',
    value: 'URL',
    help: 'sqlite:FILE, redis://HOST[:PORT][/DB] or rediss://…; else ONCE_STORE, ONCE_URL, else a file of this user',
  },
  {
    name: 'namespace',
    value: 'NAME',
    triedAs: ['prefix', 'app'],
    help: 'keeps applications on one store apart; else ONCE_NAMESPACE (default: idempotent, as in the library)',
  },
  { name: 'json', help: 'answer and errors as JSON' },
  { name: 'quiet', short: 'q', help: 'say nothing about the store and the wait on stderr' },
  { name: 'help', short: 'h', help: 'this text' },
]
