import { carryOut } from './carry-out.ts'
import type { Flight } from './flight.ts'
import { extended, notice } from './owning.ts'
import { extendRequest } from './requests.ts'
import { stray } from './under-way.ts'
import type { Key, World } from './world.ts'

const BEATING: ReadonlySet<Flight['phase']> = new Set([
  'running',
  'declaring',
  'committing',
  'unknown',
])

/** Sends an extension, one at a time. */
export function beat(world: World, flight: Flight): boolean {
  const { phase, beat: underWay, lost, claimedAt } = flight
  if (!BEATING.has(phase) || underWay !== undefined || lost === 'taken') return false
  if (world.elapsedMs(flight, claimedAt) >= world.rules.maxRuntimeMs) return false
  notice(world, flight)
  const message = extendRequest(world, flight, false)
  flight.beat = { message, at: world.instant(flight), answer: undefined }
  return true
}

export function beatArrives(world: World, flight: Flight, key: Key): boolean {
  const { beat: sent } = flight
  if (sent === undefined || sent.answer !== undefined || world.outage) return false
  flight.beat = { ...sent, answer: carryOut(world, key, sent.message) }
  return true
}

export function beatAnswered(world: World, flight: Flight): boolean {
  const { beat: sent } = flight
  if (sent?.answer === undefined) return false
  notice(world, flight)
  flight.beat = undefined
  extended(world, flight, sent.answer, sent.at)
  return true
}

export function beatLost(world: World, flight: Flight): boolean {
  const { beat: sent } = flight
  if (sent === undefined) return false
  flight.beat = undefined
  if (sent.answer === undefined) stray(world, flight, { message: sent.message, heard: false })
  return true
}
