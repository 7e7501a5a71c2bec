import type { Now } from '../machine.ts'
import type { OnceRecord } from '../record.ts'
import type { Call } from './call.ts'
import type { Conduct } from './conduct.ts'
import { newFlight } from './flight.ts'
import type { Flight } from './flight.ts'
import type { Machine } from './machine-port.ts'
import type { Instant } from './message.ts'
import type { Tally } from './tally.ts'

/** One key as the store has it, and what the checks remember of it. */
export interface Key {
  readonly name: string
  record: OnceRecord | undefined
  /** By the store's clock; `Infinity`: never. */
  expiresAtMs: number
  /** The highest fence that was ever given for this key. */
  highestFence: number
  /** An effect was declared, and nobody has said yet what became of it. */
  effectOpen: boolean
  /** A callback has started, and nothing has happened since that would allow another start. */
  busy: boolean
  /** The last record was removed by force. */
  forced: boolean
  /** What the store answered last, for whoever tells the story. */
  said: string
}

export interface Process {
  readonly name: string
  /** How far its wall clock is off. */
  skewMs: number
  /** Tokens it has drawn. */
  tokens: number
}

/** What holds for all worlds of a search. */
export interface Rules {
  readonly machine: Machine
  readonly conduct: Conduct
  /** What callers may ask for. */
  readonly calls: readonly Call[]
  readonly tally: Tally
  /** A process gives a run up after this long. */
  readonly maxRuntimeMs: number
  /** Requests that may be on their way though given up, per process and key. */
  readonly strays: number
}

/** How often things may happen that nothing else bounds. */
export interface Budget {
  readonly calls: number
  readonly clears: number
  readonly forcedClears: number
  readonly decisions: number
  readonly skews: number
}

/** Everything there is at one instant: a store, its clock, processes, and what is on its way between them. */
export class World {
  readonly rules: Rules
  /** True time, which is also the store's lease clock and every process's monotonic clock. */
  nowMs = 0
  /** The store's wall clock, apart from it. */
  wallMs = 1_000_000
  lastFence = 0
  outage = false
  budget: Budget
  readonly keys: Key[] = []
  readonly processes: Process[] = []
  /** Of each process at each key. */
  readonly flights: Flight[] = []

  static create(rules: Rules, budget: Budget, processes: number, keys: number): World {
    const world = new World(rules, budget)
    for (let key = 0; key < keys; key++) world.keys.push(newKey(`k${key + 1}`))
    for (let process = 0; process < processes; process++) {
      world.processes.push(newProcess(process))
      for (let key = 0; key < keys; key++) {
        world.flights.push(newFlight(process, key, budget.calls))
      }
    }
    return world
  }

  private constructor(rules: Rules, budget: Budget) {
    this.rules = rules
    this.budget = budget
  }

  clone(): World {
    const world = new World(this.rules, this.budget)
    world.become(this)
    return world
  }

  /** Is as another one from now on, of the same size or empty. */
  become(other: World): void {
    this.nowMs = other.nowMs
    this.wallMs = other.wallMs
    this.lastFence = other.lastFence
    this.outage = other.outage
    this.budget = other.budget
    for (let index = 0; index < other.keys.length; index++) {
      this.keys[index] = { ...at(other.keys, index) }
    }
    for (let index = 0; index < other.processes.length; index++) {
      this.processes[index] = { ...at(other.processes, index) }
    }
    for (let index = 0; index < other.flights.length; index++) {
      this.flights[index] = { ...at(other.flights, index) }
    }
  }

  keyOf(flight: Flight): Key {
    return at(this.keys, flight.key)
  }

  processOf(flight: Flight): Process {
    return at(this.processes, flight.process)
  }

  /** Now, by the clocks of the store. */
  now(): Now {
    return { leaseMs: this.nowMs, wallMs: Math.max(0, this.wallMs) }
  }

  /** Now, by the clocks of the flight's process. */
  instant(flight: Flight): Instant {
    return { monotonicMs: this.nowMs, wallMs: this.nowMs + this.processOf(flight).skewMs }
  }

  /** What the process believes to have passed. */
  elapsedMs(flight: Flight, since: Instant): number {
    const byWall = this.nowMs + this.processOf(flight).skewMs - since.wallMs
    return this.rules.conduct.clock === 'wall'
      ? byWall
      : Math.max(this.nowMs - since.monotonicMs, byWall)
  }

  /** How long the owner believes to have the key. */
  leftMs(flight: Flight, since: Instant = flight.lease): number {
    return (flight.call?.leaseMs ?? 0) - this.elapsedMs(flight, since)
  }

  spend(what: keyof Budget): boolean {
    if (this.budget[what] <= 0) return false
    if (this.budget[what] < Infinity) {
      this.budget = { ...this.budget, [what]: this.budget[what] - 1 }
    }
    return true
  }
}

/** An element that is there. */
export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index]
  if (item === undefined) throw new RangeError(`there is no ${index} among ${items.length}`)
  return item
}

function newKey(name: string): Key {
  return {
    name,
    record: undefined,
    expiresAtMs: 0,
    highestFence: 0,
    effectOpen: false,
    busy: false,
    forced: false,
    said: '',
  }
}

function newProcess(index: number): Process {
  return { name: String.fromCharCode(65 + index), skewMs: 0, tokens: 0 }
}
