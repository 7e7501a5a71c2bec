import { act } from './act.ts'
import { CONDUCT } from './conduct.ts'
import type { Conduct } from './conduct.ts'
import type { Event } from './event.ts'
import { Violation } from './invariant.ts'
import { MACHINE } from './machine-port.ts'
import type { Machine } from './machine-port.ts'
import { CALLS, eventOf } from './schedule.ts'
import { Tally } from './tally.ts'
import { World } from './world.ts'
import type { Rules } from './world.ts'

/** A random schedule. */
export interface Schedule {
  /** 1 to 4. */
  readonly processes: number
  /** 1 to 3. */
  readonly keys: number
  /** An event each. */
  readonly numbers: readonly number[]
}

/** What was played, and what was broken by the last of it. */
export interface Played {
  readonly events: number
  readonly violation?: Violation
}

/** Plays schedules with one machine. */
export class Player {
  readonly tally: Tally
  readonly #rules: Rules

  constructor(machine: Partial<Machine> = {}, conduct: Partial<Conduct> = {}) {
    this.tally = new Tally()
    this.#rules = {
      machine: { ...MACHINE, ...machine },
      conduct: { ...CONDUCT, ...conduct },
      calls: CALLS,
      tally: this.tally,
      maxRuntimeMs: 40,
      strays: 3,
    }
  }

  /** @param record - is given every event that happened, the one that broke something included */
  play({ processes, keys, numbers }: Schedule, record?: (event: Event) => void): Played {
    const world = World.create(this.#rules, UNBOUNDED, processes, keys)
    let events = 0
    for (const number of numbers) {
      const event = eventOf(world, number)
      try {
        if (!act(world, event)) continue
      } catch (error) {
        if (!(error instanceof Violation)) throw error
        record?.(event)
        return { events: events + 1, violation: error }
      }
      events++
      record?.(event)
    }
    return { events }
  }

  /** A world as the schedule begins with. */
  world({ processes, keys }: Schedule): World {
    return World.create({ ...this.#rules, tally: new Tally() }, UNBOUNDED, processes, keys)
  }
}

const UNBOUNDED = {
  calls: Infinity,
  clears: Infinity,
  forcedClears: Infinity,
  decisions: Infinity,
  skews: Infinity,
}
