import { expire } from './carry-out.ts'
import { crash } from './turns.ts'
import { at } from './world.ts'
import type { World } from './world.ts'

/** Time passes, for everybody. */
export function tick(world: World, ms: number): boolean {
  world.nowMs += ms
  world.wallMs += ms
  for (const key of world.keys) expire(world, key)
  return true
}

/** Somebody sets the wall clock of a process. */
export function skew(world: World, process: number, ms: number): boolean {
  if (!world.spend('skews')) return false
  at(world.processes, process).skewMs += ms
  return true
}

/** A process dies, and begins anew with nothing. */
export function crashAll(world: World, process: number): boolean {
  const flights = world.flights.filter((flight) => flight.process === process)
  if (flights.every(({ phase }) => phase === 'idle')) return false
  for (const flight of flights) crash(world, flight)
  return true
}
