import type { Once } from '../../once.ts'
import type { Run } from '../../types.ts'

export interface Started<T> {
  readonly run: Run
  readonly call: Promise<T>
  readonly outcome: Promise<{
    readonly value: T
    readonly leaseLost: boolean
    readonly replayed: boolean
  }>
}

/** Resolves when the callback has begun. */
export async function started<T>(
  once: Once,
  key: string,
  callback: (run: Run) => Promise<T>,
  options: Parameters<Once['execute']>[2] = {},
): Promise<Started<T>> {
  const begun = Promise.withResolvers<Run>()
  const outcome = once.executeOutcome<T>(
    key,
    (run) => {
      begun.resolve(run)
      return callback(run)
    },
    options,
  )
  const call = outcome.then(({ value }) => value)
  // Both are looked at later, if at all.
  outcome.catch(() => undefined)
  call.catch(() => undefined)
  return {
    run: await Promise.race([begun.promise, outcome.then(() => begun.promise)]),
    call,
    outcome,
  }
}
