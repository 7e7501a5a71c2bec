import { carryOut } from './carry-out.ts'
import type { Flight } from './flight.ts'
import { notice } from './owning.ts'
import { giveUp } from './turns.ts'
import { stray } from './under-way.ts'
import type { Key, World } from './world.ts'

/** The store takes what the process waits for. */
export function arrives(world: World, flight: Flight): boolean {
  const { main } = flight
  if (main === undefined || main.answer !== undefined || world.outage) return false
  flight.main = { ...main, answer: carryOut(world, world.keyOf(flight), main.message) }
  return true
}

export function watchLost(flight: Flight): boolean {
  if (flight.watch !== 'sent' && flight.watch !== 'stood') return false
  flight.watch = 'none'
  flight.wakeUp = undefined
  return true
}

/** What its sender has given up arrives after all. */
export function lateArrival(world: World, flight: Flight, key: Key, index: number): boolean {
  const late = flight.strays[index]
  if (late === undefined || world.outage) return false
  flight.strays = flight.strays.toSpliced(index, 1)
  const answer = carryOut(world, key, late.message)
  const granted = typeof answer !== 'string' && answer.status === 'claimed'
  if (!granted || !late.heard) return true
  // Nobody wants it any more.
  const { token } = late.message.request
  const release = { verb: 'release' as const, request: { key: key.name, token } }
  stray(world, flight, { message: release, heard: false })
  return true
}

/** Requests of one tick travel together; each key has its own answer. */
export function arrivesTogether(world: World, process: number): boolean {
  let count = 0
  for (const flight of world.flights) {
    if (flight.process === process && arrives(world, flight)) count++
  }
  return count > 0
}

/** A batch whose answers are lost. */
export function lostTogether(world: World, process: number): boolean {
  let count = 0
  for (const flight of world.flights) {
    if (flight.process !== process || flight.main?.answer === undefined) continue
    notice(world, flight)
    if (giveUp(world, flight)) count++
  }
  return count > 0
}
