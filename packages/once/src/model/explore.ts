import fc from 'fast-check'

import type { Breach } from './breach.ts'
import type { Conduct } from './conduct.ts'
import type { Event } from './event.ts'
import type { Machine } from './machine-port.ts'
import { Player } from './play.ts'
import type { Schedule } from './play.ts'
import type { Tally } from './tally.ts'
import { tell } from './tell.ts'

/** How many random schedules to play, and with which machine. */
export interface ExploreOptions {
  readonly runs: number
  /** The same seed gives the same schedules. @defaultValue another each time */
  readonly seed?: number
  /** Where a run with this seed failed: that schedule is played, and made smaller, again. */
  readonly path?: string
  /** 1 to 4. @defaultValue any of them */
  readonly processes?: number
  /** Functions to put in the place of the protocol's own. */
  readonly machine?: Partial<Machine>
  /** What processes do otherwise than the protocol asks of them. */
  readonly conduct?: Partial<Conduct>
  /** Called now and then. */
  readonly onProgress?: (schedules: number) => void
}

export interface ExploreResult {
  readonly seed: number
  readonly schedules: number
  readonly events: number
  readonly tally: Tally
  /** The smallest schedule found that breaks an invariant, and the path that leads there again with the same seed. */
  readonly breach?: Breach & { readonly path: string }
}

/**
 * Plays random schedules of 1 to 4 processes at 1 to 3 keys: everything the exhaustive search knows, and batches, outages, repeated
 * and late answers, several payloads, leases and times to live, and clocks that jump.
 *
 * @example
 * ```ts
 * import { explore } from '@oncekit/once/model'
 *
 * const { breach, seed } = explore({ runs: 10_000 })
 * if (breach !== undefined) console.log(seed, breach.path, breach.trace.join('\n'))
 * ```
 */
export function explore(options: ExploreOptions): ExploreResult {
  const { runs, path, onProgress } = options
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31)
  const player = new Player(options.machine, options.conduct)
  let schedules = 0
  let events = 0
  const found = fc.check(
    fc.property(scheduleFor(options.processes), (schedule) => {
      const played = player.play(schedule)
      schedules++
      events += played.events
      if (schedules % PROGRESS_SCHEDULES === 0) onProgress?.(schedules)
      return played.violation === undefined
    }),
    {
      seed,
      numRuns: runs,
      ...(path === undefined ? {} : { path }),
    },
  )
  const totals = { seed, schedules, events, tally: player.tally }
  const smallest = found.counterexample?.[0]
  if (!found.failed || smallest === undefined) return totals
  return {
    ...totals,
    breach: { ...breachOf(player, smallest), path: found.counterexamplePath ?? '' },
  }
}

const PROGRESS_SCHEDULES = 20_000
const NUMBERS = { minLength: 20, maxLength: 90, size: 'max' } as const

function scheduleFor(processes: number | undefined): fc.Arbitrary<Schedule> {
  return fc.record({
    processes: processes === undefined ? fc.integer({ min: 1, max: 4 }) : fc.constant(processes),
    keys: fc.integer({ min: 1, max: 3 }),
    numbers: fc.array(fc.nat(2 ** 31 - 1), NUMBERS),
  })
}

function breachOf(player: Player, schedule: Schedule): Breach {
  const events: Event[] = []
  const { violation } = player.play(schedule, (event) => events.push(event))
  if (violation === undefined) throw new Error('a schedule broke an invariant once, and not again')
  return {
    invariant: violation.invariant,
    reason: violation.message,
    trace: tell(player.world(schedule), events),
  }
}
