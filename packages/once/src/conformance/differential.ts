import { describe, expect, test } from 'vitest'

import type { OpenConnections } from './differential/connections.ts'
import { EVERY_KIND } from './differential/every-kind.ts'
import type { PlayOptions } from './differential/play.ts'
import { seedOf } from './seed.ts'
import type { KnownTraits } from './traits.ts'

export type { OpenConnections, OpenedConnections } from './differential/connections.ts'
export type { StoreTime } from './differential/time.ts'

/**
 * Plays random sequences of all verbs, over several connections, on a store and on the memory store, which is the model; compares all
 * answers and all records after each step, as tests of vitest. Needs fast-check.
 *
 * The test's name tells its seed: `ONCEKIT_SEED` plays the same again. `ONCEKIT_DIFFERENTIAL_RUNS` says how many sequences to play.
 *
 * @param open - Opens one or more connections to records of their own. The store's time is the one given, and stands still while
 *   anything is asked.
 * @param traits - Among which keys the store counts fences, as in `storeConformance`. Default: those of a bucket.
 * @throws RangeError when `ONCEKIT_SEED` is no whole number of 32 bits
 *
 * @example
 * ```ts
 * storeDifferential('my store', async (time) => ({
 *   connections: [new MyOnceStore(url, { clock: time }), new MyOnceStore(url, { clock: time })],
 * }))
 * ```
 */
export function storeDifferential(
  name: string,
  open: OpenConnections,
  { fences = 'bucket' }: Partial<Pick<KnownTraits, 'fences'>> = {},
): void {
  const seed = seedOf(process.env)
  const numRuns = Number(process.env['ONCEKIT_DIFFERENTIAL_RUNS'] ?? USUAL_RUNS)

  describe(`${name} beside the memory store`, () => {
    test(
      `answers and keeps the same, whatever is asked in whatever order (ONCEKIT_SEED=${seed})`,
      { timeout: timeoutMs(numRuns) },
      async () => {
        await playLate(open, { fences, numRuns, seed })
      },
    )

    // A generator that never reaches a branch proves nothing about it. One seed: it must be no matter of luck.
    test('is brought to every kind of answer', { timeout: timeoutMs(USUAL_RUNS) }, async () => {
      const seen = await playLate(open, { fences, numRuns: USUAL_RUNS, seed: 1 })
      expect([...seen].toSorted()).toEqual(EVERY_KIND.toSorted())
    })
  })
}

/** Loaded when it runs: whoever uses the other suites need not have fast-check. */
async function playLate(open: OpenConnections, options: PlayOptions): Promise<ReadonlySet<string>> {
  const { play } = await import('./differential/play.ts')
  return play(open, options)
}

const USUAL_RUNS = 80

/** For a machine that is busy with other things: alone it needs a thirtieth. */
function timeoutMs(runs: number): number {
  return 30_000 + runs * 1500
}
