import type { Logger } from '@oncekit/core'

import { traceIn } from '../meta.ts'
import type { OnceRecord } from '../record.ts'
import type { Caller, ValueFacts } from './caller.ts'
import { unrunnableError } from './engine-errors.ts'
import type { Engine } from './engine.ts'
import { ownValue, replayedValue } from './outcome.ts'
import type { Product } from './outcome.ts'
import { traceOf } from './telemetry.ts'

/** Gives what a run of this process made: the lead gets its own value, everybody else a copy each. */
export function deliverProduct(
  callers: readonly Caller[],
  lead: Caller,
  product: Product,
  made: { readonly attempt: number; readonly protected: boolean },
): void {
  for (const caller of callers) {
    if (caller === lead) caller.succeed(ownValue(product), { ...made, replayed: false })
    else {
      const origin = traceOf(lead.span)
      giveValue(caller, product.encoded, { ...made, replayed: true, origin })
    }
  }
}

/** Gives what a record holds, a copy to each caller. */
export function deliverRecord(
  engine: Engine,
  callers: readonly Caller[],
  record: OnceRecord,
): void {
  const { attempt, state } = record
  const facts = { attempt, protected: true, replayed: true, origin: traceIn(record) }
  if (state === 'indeterminate') engine.telemetry.counts.indeterminate += callers.length
  for (const caller of callers) {
    const { key } = caller.operation
    if (state === 'succeeded') giveValue(caller, record, facts)
    else if (state === 'failed') giveError(caller, record, facts)
    else caller.fail('rejected', unrunnableError(key, record), facts)
  }
}

/** Once per class: what a caller gets is not what its callback gave. */
export function warnOfCopy(logger: Logger, key: string, { encoded }: Product): void {
  const { className, copied } = encoded
  if (!copied || className === undefined || warnedOf.has(className)) return
  warnedOf.add(className)
  logger.warn(
    { key, class: className },
    `a result holds ${className}, which is stored as plain data: every caller gets the plain copy`,
  )
}

const warnedOf = new Set<string>()

type Stored = Pick<OnceRecord, 'codec' | 'body'>

function giveValue(caller: Caller, stored: Stored, facts: ValueFacts): void {
  let value: unknown
  try {
    value = replayedValue(caller.operation.key, stored.codec, stored.body)
  } catch (error) {
    caller.fail(replayEnd(caller), error, facts)
    return
  }
  caller.succeed(value, facts)
}

function giveError(caller: Caller, stored: Stored, facts: ValueFacts): void {
  let error: unknown
  try {
    error = replayedValue(caller.operation.key, stored.codec, stored.body)
  } catch (unreadable) {
    error = unreadable
  }
  caller.fail(replayEnd(caller), error, facts)
}

function replayEnd(caller: Caller): 'waited' | 'replayed' {
  return caller.waited ? 'waited' : 'replayed'
}
