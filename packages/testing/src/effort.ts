/** How long a property is tried, and from where: what {@link effort} gives to `fc.assert`. */
export interface Effort {
  readonly numRuns: number
  readonly seed?: number
}

/**
 * The same cases on every machine. A failure prints its seed and path; `ONCEKIT_FUZZ=100` tries a hundred times as many cases, other
 * ones every time (with `--testTimeout 0`), `ONCEKIT_FUZZ=0.3` the first third of them, and `ONCEKIT_FUZZ_SEED` repeats those of a seed.
 *
 * @example
 * ```ts
 * import { effort } from '@oncekit/testing'
 * import fc from 'fast-check'
 *
 * fc.assert(
 *   fc.property(fc.string(), (text) => decodeURIComponent(encodeURIComponent(text)) === text),
 *   effort(1_000),
 * )
 * ```
 *
 * @param numRuns - How many cases are tried when no variable says otherwise.
 * @param env - Default `process.env`.
 * @throws RangeError when a variable is no number of its kind
 */
export function effort(
  numRuns: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Effort {
  const times = numberOf('ONCEKIT_FUZZ', env, 'a number above 0', (value) => value > 0) ?? 1
  const given = numberOf('ONCEKIT_FUZZ_SEED', env, 'a whole number', Number.isSafeInteger)
  const seed = given ?? (times > 1 ? undefined : SAME_EVERYWHERE)
  const runs = { numRuns: Math.ceil(numRuns * times) }
  return seed === undefined ? runs : { ...runs, seed }
}

const SAME_EVERYWHERE = 20_261_121

/** An empty variable counts as unset. */
function numberOf(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  allowed: string,
  isAllowed: (value: number) => boolean,
): number | undefined {
  const text = env[name]
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && isAllowed(value)) return value
  throw new RangeError(`${name}: got ${JSON.stringify(text)}; expected ${allowed}`)
}
