import { end } from './ending.ts'
import type { Event } from './event.ts'
import type { Flight } from './flight.ts'
import { beat, beatAnswered, beatArrives, beatLost } from './heartbeat.ts'
import { awake, begin, look } from './looking.ts'
import { declare, notice, returnValue, throwError } from './owning.ts'
import { giveUp, leave, receive, sendAgain } from './turns.ts'
import type { World } from './world.ts'

/** What a process does itself; it looks at its clock first. */
export function processActs(world: World, { kind }: Event, flight: Flight, arg: number): boolean {
  const { phase } = flight
  switch (kind) {
    case 'call': {
      const call = world.rules.calls[arg]
      if (phase !== 'idle' || flight.callsLeft === 0 || call === undefined) return false
      begin(world, flight, call)
      return true
    }
    case 'receive':
      if (flight.main?.answer === undefined) return false
      notice(world, flight)
      receive(world, flight)
      return true
    case 'retry':
      notice(world, flight)
      return sendAgain(world, flight)
    case 'give up':
      notice(world, flight)
      return giveUp(world, flight)
    case 'return':
      if (phase !== 'running') return false
      notice(world, flight)
      returnValue(world, flight)
      return true
    case 'throw':
      if (phase !== 'running') return false
      notice(world, flight)
      throwError(world, flight)
      return true
    case 'declare':
      if (phase !== 'running' || flight.declared || flight.call?.effectful !== true) return false
      notice(world, flight)
      // A run that was told starts no effect any more.
      if (flight.lost !== 'no') return false
      declare(world, flight)
      return true
    case 'leave':
      notice(world, flight)
      return leave(world, flight)
    case 'beat':
      return beat(world, flight)
    case 'extend':
      return (
        !world.outage &&
        beat(world, flight) &&
        beatArrives(world, flight, world.keyOf(flight)) &&
        beatAnswered(world, flight)
      )
    case 'extend unheard':
      return (
        !world.outage &&
        beat(world, flight) &&
        beatArrives(world, flight, world.keyOf(flight)) &&
        beatLost(world, flight)
      )
    case 'extend late':
      return beat(world, flight) && beatLost(world, flight)
    case 'beat answered':
      return beatAnswered(world, flight)
    case 'watch stands':
      if (flight.watch !== 'stood') return false
      flight.watch = 'on'
      if (world.rules.conduct.looksAgain) flight.news = 'again'
      return true
    case 'wake':
      if (flight.wakeUp === undefined) return false
      flight.news = flight.wakeUp
      flight.wakeUp = undefined
      return true
    case 'awake':
      if (phase !== 'resting' || flight.news === undefined) return false
      awake(world, flight)
      return true
    case 'poll':
      if (phase !== 'resting' || flight.news !== undefined) return false
      look(world, flight)
      return true
    case 'patience':
      if (phase !== 'resting') return false
      end(world, flight, 'wait_timeout')
      return true
    default:
      return false
  }
}
