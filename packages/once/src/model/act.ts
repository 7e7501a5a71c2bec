import { carryOutTouch } from './carry-out.ts'
import type { Event } from './event.ts'
import type { Flight } from './flight.ts'
import { beatArrives, beatLost } from './heartbeat.ts'
import { arrives, arrivesTogether, lateArrival, lostTogether, watchLost } from './network.ts'
import { decide, spendAndRemove } from './operator.ts'
import { notice } from './owning.ts'
import { processActs } from './process-turn.ts'
import { checkFlight, checkTold } from './run-checks.ts'
import { crashAll, skew, tick } from './surroundings.ts'
import { at } from './world.ts'
import type { Key, World } from './world.ts'

/**
 * Lets one thing happen; false, with nothing changed, when it cannot happen now.
 *
 * @throws Violation when an invariant does not hold afterwards
 */
export function act(world: World, event: Event): boolean {
  const { process, key, arg } = event
  const flight = at(world.flights, process * world.keys.length + key)
  if (!happen(world, event, flight, at(world.keys, key), arg)) return false
  world.rules.tally.event(event.kind)
  for (const each of world.flights) checkFlight(world, each)
  return true
}

function happen(world: World, event: Event, flight: Flight, key: Key, arg: number): boolean {
  switch (event.kind) {
    case 'tick':
      return tick(world, arg)
    case 'crash':
      return crashAll(world, event.process)
    case 'skew':
      return skew(world, event.process, arg)
    case 'batch arrives':
      return arrivesTogether(world, event.process)
    case 'batch lost':
      return lostTogether(world, event.process)
    case 'clear':
      return key.record !== undefined && spendAndRemove(world, key, false)
    case 'force':
      return key.record !== undefined && spendAndRemove(world, key, true)
    case 'decide':
      return decide(world, key)
    case 'touch':
      if (key.record === undefined) return false
      carryOutTouch(world, key, arg)
      return true
    case 'outage':
      if (world.outage === (arg === 1)) return false
      world.outage = arg === 1
      return true
    case 'jump':
      world.wallMs += arg
      return true
    case 'deliver':
      return arrives(world, flight)
    case 'beat arrives':
      return beatArrives(world, flight, key)
    case 'beat lost':
      return beatLost(world, flight)
    case 'watch arrives':
      if (flight.watch !== 'sent' || world.outage) return false
      flight.watch = 'stood'
      return true
    case 'watch lost':
      return watchLost(flight)
    case 'wake lost':
      if (flight.wakeUp === undefined) return false
      flight.wakeUp = undefined
      flight.muted = true
      return true
    case 'late arrival':
      return lateArrival(world, flight, key, arg)
    case 'late loss':
      if (flight.strays.length <= arg) return false
      flight.strays = flight.strays.toSpliced(arg, 1)
      return true
    default:
      if (!processActs(world, event, flight, arg)) return false
      notice(world, flight)
      checkTold(world, flight)
      return true
  }
}
