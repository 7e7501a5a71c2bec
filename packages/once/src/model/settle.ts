import { act } from './act.ts'
import { carryOut } from './carry-out.ts'
import type { Flight } from './flight.ts'
import type { World } from './world.ts'

/**
 * What can be done at once, since when it is done makes no difference to anybody: the search has fewer worlds to go through.
 * Answers that end a call are heard, and requests that can change nothing any more arrive.
 */
export function settle(world: World): void {
  for (const flight of world.flights) {
    if (endsTheCall(flight)) {
      act(world, { kind: 'receive', process: flight.process, key: flight.key, arg: 0 })
    }
  }
  for (const flight of world.flights) {
    for (const stray of flight.strays) {
      if (!isDead(world, flight, stray.message.request.token, stray.message.verb)) continue
      // It is carried out all the same, so that a store that listens to it is found out.
      carryOut(world, world.keyOf(flight), stray.message)
      flight.strays = flight.strays.filter((other) => other !== stray)
    }
  }
}

/** Neither a crash nor a lost answer would leave anything else behind. */
function endsTheCall({ main, phase }: Flight): boolean {
  const answer = main?.answer
  if (answer === undefined) return false
  if (typeof answer === 'string') return answer === 'released'
  return answer.status !== 'claimed' && (phase === 'claiming' || phase === 'reading')
}

/** The token's run is over, and no claim of it is under way that could begin another. */
function isDead(world: World, flight: Flight, token: string, verb: string): boolean {
  if (verb === 'claim') return false
  const { record } = world.keyOf(flight)
  if (record !== undefined && record.token === token && OPEN.has(record.state)) return false
  return !world.flights.some(
    (other) =>
      (other.phase === 'claiming' && other.token === token) ||
      other.strays.some(
        ({ message }) => message.verb === 'claim' && message.request.token === token,
      ),
  )
}

const OPEN: ReadonlySet<string> = new Set(['executing', 'indeterminate', 'exhausted'])
