import type { Flight } from './flight.ts'
import type { Message, Stray } from './message.ts'
import { releaseRequest } from './requests.ts'
import { checkGivingBack } from './run-checks.ts'
import type { World } from './world.ts'

export function send(world: World, flight: Flight, message: Message): void {
  flight.main = { message, at: world.instant(flight), answer: undefined }
}

/** What was sent and has not arrived is still under way. */
export function leaveBehind(world: World, flight: Flight, heard: boolean): void {
  const { main } = flight
  flight.main = undefined
  if (main !== undefined && main.answer === undefined) {
    stray(world, flight, { message: main.message, heard })
  }
}

/** Gives the key back in the background, by its token. */
export function giveBack(world: World, flight: Flight): void {
  checkGivingBack(world, flight)
  stray(world, flight, { message: releaseRequest(world, flight), heard: false })
}

/** What its sender has given up may still arrive. */
export function stray(world: World, flight: Flight, { message, heard }: Stray): void {
  const { verb, request } = message
  const known = flight.strays.some(
    ({ message: other }) => other.verb === verb && other.request.token === request.token,
  )
  if (known || verb === 'read') return
  flight.strays = [...flight.strays, { message, heard }].slice(-world.rules.strays)
}

/** The heartbeat ends; what it sent last may still arrive. */
export function stopBeating(world: World, flight: Flight): void {
  const { beat } = flight
  flight.beat = undefined
  if (beat !== undefined && beat.answer === undefined) {
    stray(world, flight, { message: beat.message, heard: false })
  }
}
