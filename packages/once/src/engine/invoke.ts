import type { Caller } from './caller.ts'
import type { Chain, Engine } from './engine.ts'
import type { Callback } from './operation.ts'
import type { OnceRun } from './run.ts'

/** A callback under way. */
export interface Invocation {
  /** What it gave, or will give. */
  readonly result: unknown
  /** Knows when the callback is over. */
  readonly link: Chain
}

/** Calls a caller's callback as that caller would have: in its async context, in its span, and knowing that it is inside the key. */
export function invokeFor(engine: Engine, caller: Caller, run: OnceRun): Invocation {
  return caller.context === undefined
    ? begin(engine, caller, run)
    : caller.context(() => begin(engine, caller, run))
}

function begin(engine: Engine, caller: Caller, run: OnceRun): Invocation {
  const { chain, telemetry } = engine
  const { callback, storageKey } = caller.operation
  const link: Chain = { storageKey, parent: chain.getStore(), over: false }
  const result =
    caller.span === undefined
      ? chain.run(link, call, callback, run)
      : chain.run(link, () => telemetry.within(caller.span, () => call(callback, run)))
  return { result, link }
}

/** What it throws at once is a rejection like what it throws later. */
function call(callback: Callback, run: OnceRun): unknown {
  try {
    return callback(run)
  } catch (error) {
    return Promise.reject(error)
  }
}
