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
 */
export function effort(
  numRuns: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Effort {
  const times = Number(env['ONCEKIT_FUZZ'] ?? '1')
  const seed = env['ONCEKIT_FUZZ_SEED'] ?? (times > 1 ? undefined : 20_261_121)
  const runs = { numRuns: Math.ceil(numRuns * times) }
  return seed === undefined ? runs : { ...runs, seed: Number(seed) }
}
