import type { Call } from './call.ts'
import { end, replay } from './ending.ts'
import { forget } from './flight.ts'
import type { Flight } from './flight.ts'
import type { Look } from './message.ts'
import { claimRequest, readRequest } from './requests.ts'
import { send } from './under-way.ts'
import type { World } from './world.ts'

/** A caller asks. */
export function begin(world: World, flight: Flight, call: Call): void {
  forget(flight)
  flight.callsLeft--
  flight.call = call
  look(world, flight)
}

/** Looks at the key: with a claim, or, when its own run was refused, without. */
export function look(world: World, flight: Flight): void {
  // Whatever was heard, or not heard, so far is older than what is asked now.
  flight.news = undefined
  flight.muted = false
  if (flight.leaseLost) {
    flight.phase = 'reading'
    send(world, flight, readRequest(world, flight))
    return
  }
  const process = world.processOf(flight)
  flight.token = `${process.name}${++process.tokens}`
  flight.cleared = false
  flight.committed = false
  flight.flagged = false
  flight.lease = world.instant(flight)
  flight.claimedAt = flight.lease
  flight.phase = 'claiming'
  send(world, flight, { verb: 'claim', request: claimRequest(world, flight) })
}

/** Wakes up, for the news or by itself. */
export function awake(world: World, flight: Flight): void {
  const { call, news } = flight
  const record = news === 'again' ? undefined : news
  if (record === undefined || record.state === 'executing' || record.state === 'released') {
    return look(world, flight)
  }
  const other = [record.fingerprint, call?.fingerprint ?? ''].filter((text) => text !== '')
  if (new Set(other).size > 1) return look(world, flight)
  replay(world, flight, record)
}

/** Somebody else's run is under way: the caller waits for it, or leaves. */
export function elsewhere(
  world: World,
  flight: Flight,
  look_: Look & { status: 'executing' },
): void {
  if (!world.rules.conduct.readsOutcome) return end(world, flight, 'replayed', look_.record)
  if (flight.call?.wait !== true) return end(world, flight, 'conflict')
  flight.quiet = flight.phase === 'reading'
  flight.phase = 'resting'
  flight.seenUntilMs = look_.record.atMs
  if (flight.watch === 'none') flight.watch = 'sent'
}
