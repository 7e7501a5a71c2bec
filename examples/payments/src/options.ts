import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFlags, wholeNumber } from './flags.ts'

export interface Options {
  /** 0: any free one. Not given: the usual one, or a free one when it is taken. */
  readonly port: number | undefined
  /** Where `once` keeps its records. Not given: a SQLite file in the folder. */
  readonly store: string | undefined
  readonly folder: string
  /** How long the ledger takes for a payment. */
  readonly paymentMs: number
}

export const usage: string = `A payments service that charges once per Idempotency-Key.

npm start -- [options]
npm start -- --prove [options]   shows it, while processes are killed; see --prove --help

  --port N       listen on 127.0.0.1:N (PORT; default: 4700, a free one when it is taken)
  --store URL    what remembers the payments: sqlite:FILE, redis://HOST:PORT or memory:
                 (default: a SQLite file in the folder)
  --folder PATH  where the files are (default: ${defaultFolder()})
  --help         this text

Environment
  PORT           as --port
  PAYMENT_MS     how long the ledger takes for a payment (default: 300)`

/** @throws Error that says which option is wrong, and what is allowed */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Options | 'help' {
  const flags = readFlags(
    args,
    {
      port: { type: 'string' },
      store: { type: 'string' },
      folder: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    'npm start -- --help',
  )
  if (flags.help === true) return 'help'
  const port = flags.port ?? (env['PORT'] || undefined)
  return {
    port: port === undefined ? undefined : wholeNumber('port', port, [0, 65_535]),
    store: flags.store,
    folder: flags.folder ?? defaultFolder(),
    paymentMs: wholeNumber('PAYMENT_MS', env['PAYMENT_MS'] || '300', [0, 600_000]),
  }
}

/** Not in the repository: that may lie on a shared or network folder, which SQLite cannot work on. */
function defaultFolder(): string {
  return join(tmpdir(), `oncekit-payments-${process.getuid?.() ?? 'demo'}`)
}
