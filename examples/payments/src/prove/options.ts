import { readFlags, wholeNumber } from '../flags.ts'

export interface ProofOptions {
  readonly payments: number
  readonly workers: number
  readonly seed: number
  /** Not given: a SQLite file in a temporary folder. */
  readonly store: string | undefined
  /** `false`: the ledger does not look at derived keys. */
  readonly dedup: boolean
  readonly json: boolean
}

export const proofUsage: string = `Shows that payments are charged once, while processes are killed.

npm start -- --prove [options]

  --payments N   how many (100 to 1000000; default: 10000)
  --workers N    how many processes take requests (2 to 32; default: 4)
  --store URL    what the processes share: sqlite:FILE or redis://HOST:PORT
                 (default: a SQLite file in a temporary folder, removed at the end)
  --no-dedup     the ledger does not look at derived keys: the proof has to fail
  --seed N       which payments are asked of whom, and when processes are killed (default: any);
                 how they then race is up to the machine
  --json         the result as one JSON object
  --help         this text

Exit codes
  0    every payment was charged exactly once
  1    it was not; the keys are named. With --no-dedup that is what is to be seen
  2    it could not be tried: a wrong option, no store
  130  Ctrl-C; no process and no file is left`

/** @throws Error that says which option is wrong, and what is allowed */
export function readProofOptions(args: readonly string[]): ProofOptions | 'help' {
  const flags = readFlags(
    args,
    {
      prove: { type: 'boolean' },
      payments: { type: 'string' },
      workers: { type: 'string' },
      store: { type: 'string' },
      'no-dedup': { type: 'boolean' },
      seed: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    'npm start -- --prove --help',
  )
  if (flags.help === true) return 'help'
  const { payments = '10000', workers = '4', store, seed = anySeed() } = flags
  return {
    payments: wholeNumber('--payments', payments, [100, 1_000_000]),
    workers: wholeNumber('--workers', workers, [2, 32]),
    seed: wholeNumber('--seed', seed, [0, 2 ** 31]),
    store: store === undefined ? undefined : sharedStore(store),
    dedup: flags['no-dedup'] !== true,
    json: flags.json === true,
  }
}

function anySeed(): string {
  return String(Math.floor(Math.random() * 1e6))
}

function sharedStore(url: string): string {
  if (!/^(memory:|sqlite::memory:)/i.test(url)) return url
  throw new Error(
    `--store: expected sqlite:FILE or redis://HOST:PORT, got "${url}", which processes cannot share`,
  )
}
