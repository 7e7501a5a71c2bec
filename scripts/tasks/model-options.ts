import { parseArgs } from 'node:util'

export interface ModelOptions {
  readonly runs: number
  readonly seed: number
  /** Where a run with this seed failed. */
  readonly path: string | undefined
  /** Any number of them when left out. */
  readonly processes: number | undefined
  /** Every order of events, instead of random ones. */
  readonly exhaustive: boolean
  readonly help: boolean
}

export const MODEL_USAGE = `npm run model [-- options]

Plays the protocol of once with simulated processes, a simulated store and a simulated clock, and checks its invariants
at every step. A breach is told step by step, with how to see it again; then the exit code is 1.

  --runs N         random schedules (200000)
  --seed S         the same seed gives the same schedules; another each time when left out
  --path P         with the seed of a breach: that one again
  --processes N    1 to 4; any of them when left out
  --exhaustive     every order of events of two processes at one key, instead of random ones
  --help           this text
`

/** @throws Error that tells what is wrong with the command line */
export function parseModelOptions(argv: readonly string[]): ModelOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      runs: { type: 'string' },
      seed: { type: 'string' },
      path: { type: 'string' },
      processes: { type: 'string' },
      exhaustive: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const { path, exhaustive, help } = values
  const seed = whole('--seed', values.seed, -(2 ** 31), 2 ** 31 - 1)
  if (path !== undefined && seed === undefined) {
    throw new Error('--path needs the --seed that it belongs to')
  }
  if (path !== undefined && !/^\d+(:\d+)*$/.test(path)) {
    throw new Error(
      `--path ${path}: expected numbers with colons between them, as a breach prints them`,
    )
  }
  return {
    runs: whole('--runs', values.runs, 1, Number.MAX_SAFE_INTEGER) ?? 200_000,
    seed: seed ?? Math.floor(Math.random() * 2 ** 31),
    path,
    processes: whole('--processes', values.processes, 1, 4),
    exhaustive,
    help,
  }
}

function whole(
  name: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value
  throw new Error(`${name} ${text}: expected a whole number from ${least} to ${most}`)
}
