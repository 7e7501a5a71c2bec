/** How long a property is tried, and from where. */
export interface Effort {
  readonly numRuns: number
  readonly seed?: number
}

/**
 * The same cases on every machine. A failure prints its seed and path; `ONCEKIT_FUZZ=100` tries a hundred times as many cases, other
 * ones every time (with `--testTimeout 0`), `ONCEKIT_FUZZ=0.3` the first third of them, and `ONCEKIT_FUZZ_SEED` repeats those of a seed.
 */
export function effort(numRuns: number): Effort {
  const times = Number(process.env['ONCEKIT_FUZZ'] ?? '1')
  const seed = process.env['ONCEKIT_FUZZ_SEED'] ?? (times > 1 ? undefined : 20_261_121)
  const runs = { numRuns: Math.ceil(numRuns * times) }
  return seed === undefined ? runs : { ...runs, seed: Number(seed) }
}
