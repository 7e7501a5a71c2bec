import type { ListOptions, RecordStatus } from '@oncekit/once'

import { durationOption } from '../arguments/duration-option.ts'
import type { Arguments } from '../arguments/parse.ts'
import { prefixOf } from '../records/prefix-of.ts'

/** What `once watch` was asked for. */
export interface WatchRequest {
  readonly listing: Pick<ListOptions, 'prefix' | 'states'>
  /** Finished keys, too. */
  readonly all: boolean
  readonly intervalMs: number
  readonly json: boolean
}

export function watchRequestOf(args: Arguments): WatchRequest {
  const prefix = prefixOf(args, 'watch', 'watch the others in another terminal')
  const intervalMs = durationOption(args, 'interval', { minMs: 100, maxMs: 60_000 }) ?? 500
  const all = args.has('all')
  return {
    listing: {
      ...(prefix === undefined ? {} : { prefix }),
      ...(all ? {} : { states: OPEN }),
    },
    all,
    intervalMs,
    json: args.has('json'),
  }
}

/** Something runs, or somebody has to decide. */
const OPEN: readonly RecordStatus[] = ['executing', 'indeterminate', 'exhausted']
