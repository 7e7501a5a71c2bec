import type { Event, Kind } from './event.ts'
import type { Flight } from './flight.ts'
import type { Call } from './call.ts'
import { at } from './world.ts'
import type { World } from './world.ts'

/** A number is an event: what a schedule of numbers means does not change when another is left out of it. */
export function eventOf(world: World, number: number): Event {
  const process = ((number >>> 6) & 15) % world.processes.length
  const key = ((number >>> 10) & 15) % world.keys.length
  const arg = number >>> 14
  const drawn = at(DRAWN, number & 63)
  if (drawn === 'go') {
    return next(world, at(world.flights, process * world.keys.length + key), arg)
  }
  return { kind: drawn, process, key, arg: argOf(world, drawn, arg) }
}

/** What would most likely come next for a process at a key. */
function next(world: World, flight: Flight, arg: number): Event {
  const { process, key } = flight
  const kind = kindAfter(flight, arg)
  return { kind, process, key, arg: argOf(world, kind, arg) }
}

function kindAfter(flight: Flight, arg: number): Kind {
  const { phase, main, beat, watch } = flight
  if (beat !== undefined && arg % 3 === 0) {
    return beat.answer === undefined ? 'beat arrives' : 'beat answered'
  }
  if (main !== undefined) return main.answer === undefined ? 'deliver' : 'receive'
  switch (phase) {
    case 'idle':
      return 'call'
    case 'running':
      if (flight.call?.effectful === true && !flight.declared) return 'declare'
      return arg % 4 === 0 ? 'throw' : 'return'
    default:
      if (watch === 'sent') return 'watch arrives'
      if (watch === 'stood') return 'watch stands'
      if (flight.wakeUp !== undefined) return 'wake'
      return flight.news === undefined ? 'poll' : 'awake'
  }
}

/** The first six bits of a number. */
const DRAWN: readonly (Kind | 'go')[] = [
  ...Array<'go'>(24).fill('go'),
  ...Array<'tick'>(8).fill('tick'),
  'call',
  'beat',
  'beat',
  'beat',
  'beat arrives',
  'beat answered',
  'beat lost',
  'extend',
  'extend unheard',
  'extend late',
  'retry',
  'retry',
  'give up',
  'late arrival',
  'late arrival',
  'late loss',
  'leave',
  'watch lost',
  'wake lost',
  'poll',
  'patience',
  'crash',
  'skew',
  'batch arrives',
  'batch arrives',
  'batch lost',
  'clear',
  'force',
  'decide',
  'touch',
  'outage',
  'jump',
]

const TICKS = [1, 1, 2, 3, 4, 6, 9, 30]
const DAY_MS = 86_400_000
const SHIFTS = [-DAY_MS, DAY_MS, -3, 3]

function argOf(world: World, kind: Kind, arg: number): number {
  switch (kind) {
    case 'tick':
      return at(TICKS, arg % TICKS.length)
    case 'call':
      return arg % world.rules.calls.length
    case 'late arrival':
    case 'late loss':
      return arg % world.rules.strays
    case 'skew':
    case 'jump':
      return at(SHIFTS, arg % SHIFTS.length)
    case 'touch':
      return 1 + (arg % 40)
    case 'outage':
      return arg % 3 === 0 ? 1 : 0
    default:
      return 0
  }
}

const USUAL: Call = {
  fingerprint: 'p',
  wait: true,
  effectful: false,
  leaseMs: 6,
  ttlMs: 20,
  attemptLimit: 0,
}

/** What callers of random schedules ask for. */
export const CALLS: readonly Call[] = [
  USUAL,
  USUAL,
  { ...USUAL, wait: false },
  { ...USUAL, fingerprint: '' },
  { ...USUAL, fingerprint: 'q' },
  { ...USUAL, leaseMs: 15 },
  { ...USUAL, ttlMs: 3 },
  { ...USUAL, effectful: true },
  { ...USUAL, effectful: true, wait: false },
  { ...USUAL, attemptLimit: 2 },
  { ...USUAL, attemptLimit: 1, wait: false },
  { ...USUAL, fingerprint: '', leaseMs: 4, ttlMs: 8 },
]
