import type { OnceRecord } from '../record.ts'
import type { End } from './call.ts'
import { forget } from './flight.ts'
import type { Flight } from './flight.ts'
import { checkEnd } from './run-checks.ts'
import { stopBeating } from './under-way.ts'
import type { World } from './world.ts'

/** @param record - what the caller is given */
export function end(world: World, flight: Flight, how: End, record?: OnceRecord): void {
  checkEnd(world, flight, how, record)
  stopBeating(world, flight)
  forget(flight)
}

/** Gives what a record holds. */
export function replay(world: World, flight: Flight, record: OnceRecord): void {
  const known = record.state === 'succeeded' || record.state === 'failed'
  end(world, flight, known ? (flight.leaseLost ? 'lease_lost' : 'replayed') : 'rejected', record)
}
