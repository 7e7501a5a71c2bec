import { parseArgs } from 'node:util'

import type { SliceOptions } from './harness/compare.ts'

/** What is measured, in this order. */
export const ROWS = [
  'fresh',
  'payload',
  'replay',
  'records',
  'duplicates',
  'memory',
  'heap',
  'sqlite',
  'ports',
] as const

export type RowName = (typeof ROWS)[number]

export interface BenchOptions extends SliceOptions {
  readonly rows: readonly RowName[]
  readonly json: boolean
  readonly help: boolean
  /** A folder for CPU profiles, one for each subject. */
  readonly profile?: string
}

export const USAGE = `npm run bench [-- options]

  --rows a,b      of ${ROWS.join(', ')}; all but ports when left out
  --seconds N     measured seconds for each subject of each row (3)
  --repeat N      slices that these are cut into (9)
  --quick         a look: 0.24 seconds in 3 slices
  --json          figures as JSON on the standard output
  --profile DIR   a CPU profile of each subject's process
`

/** Asked for by name: which client library to choose is not a question of every day. */
const BY_NAME_ONLY: ReadonlySet<RowName> = new Set(['ports'])

/** @throws Error that tells what is wrong with the command line */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rows: { type: 'string' },
      seconds: { type: 'string' },
      repeat: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      profile: { type: 'string' },
    },
  })
  const { quick, json, help, profile } = values
  const repeat = positive('--repeat', values.repeat, quick ? 3 : 9)
  if (!Number.isInteger(repeat)) throw new Error(`--repeat ${repeat}: expected a whole number`)
  return {
    rows: rowsOf(values.rows),
    seconds: positive('--seconds', values.seconds, quick ? 0.24 : 3),
    repeat,
    warmUpMs: quick ? 400 : 2000,
    runInMs: 150,
    json,
    help,
    ...(profile === undefined ? {} : { profile }),
  }
}

function rowsOf(text: string | undefined): RowName[] {
  if (text === undefined) return ROWS.filter((name) => !BY_NAME_ONLY.has(name))
  const asked = text.split(',').map((name) => name.trim())
  const unknown = asked.find((name) => !ROWS.some((row) => row === name))
  if (unknown !== undefined) {
    throw new Error(`--rows ${unknown}: expected some of ${ROWS.join(', ')}`)
  }
  return ROWS.filter((row) => asked.includes(row))
}

function positive(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new Error(`${name} ${text}: expected a number above 0`)
}
