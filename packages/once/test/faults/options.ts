import { parseArgs } from 'node:util'

import { STORES } from './subject.ts'
import type { StoreName } from './subject.ts'

/** What the command line asked for. */
export interface FaultOptions {
  readonly minutes: number
  readonly store: StoreName
  readonly seed: number
  readonly workers: number
  readonly kinds?: readonly string[]
  readonly keep: boolean
  /** A history that was kept, to be judged again. */
  readonly judge?: string
  readonly help: boolean
}

export const USAGE = `npm run faults -- [options]

  --store NAME    of ${STORES.join(', ')} (sqlite)
  --minutes N     how long the faults last (2)
  --seed S        a whole number that brings back the order of faults and of calls (from the time)
  --workers N     processes at a time (4)
  --kinds a,b     these faults alone (all that this machine can do)
  --keep          keeps the report in docs/faults, and the whole history beside the temporary files
  --judge FILE    no new round: judges such a history of this store and seed again, by the rules as they are now
`

/** @throws Error that tells what is wrong with the command line */
export function parseFaultOptions(argv: readonly string[], nowMs: number): FaultOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      store: { type: 'string', default: 'sqlite' },
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string' },
      workers: { type: 'string', default: '4' },
      kinds: { type: 'string' },
      keep: { type: 'boolean', default: false },
      judge: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const { keep, help, kinds, judge } = values
  const store = STORES.find((name) => name === values.store)
  if (store === undefined) {
    throw new Error(`--store ${values.store}: expected one of ${STORES.join(', ')}`)
  }
  const minutes = Number(values.minutes)
  if (!(minutes > 0 && minutes < Infinity)) {
    throw new Error(`--minutes ${values.minutes}: expected a number above 0`)
  }
  return {
    store,
    minutes,
    seed: wholeNumber('--seed', values.seed ?? String(nowMs % 2 ** 31), 0),
    workers: wholeNumber('--workers', values.workers, 2),
    keep,
    help,
    ...(judge === undefined ? {} : { judge }),
    ...(kinds === undefined ? {} : { kinds: kinds.split(',').map((kind) => kind.trim()) }),
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text)
  if (text !== '' && Number.isSafeInteger(value) && value >= least) return value
  throw new Error(`${name} ${text}: expected a whole number, ${least} or more`)
}
