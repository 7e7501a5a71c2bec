import { end, replay } from './ending.ts'
import { forget } from './flight.ts'
import type { Flight } from './flight.ts'
import { elsewhere, look } from './looking.ts'
import type { Answer } from './message.ts'
import { declared, freshened, nobodyKnows, refused, start, throwError, won } from './owning.ts'
import { giveBack, leaveBehind, stopBeating } from './under-way.ts'
import type { World } from './world.ts'

/** An answer has come. */
export function receive(world: World, flight: Flight): void {
  const { main } = flight
  if (main?.answer === undefined) return
  const { answer } = main
  flight.main = undefined
  switch (flight.phase) {
    case 'claiming':
    case 'reading':
      return seen(world, flight, answer)
    case 'freshening':
      return freshened(world, flight, answer, main.at)
    case 'declaring':
      return declared(world, flight, answer, main.at)
    case 'committing':
      return answer === 'committed' ? end(world, flight, 'executed') : refused(world, flight)
    case 'unknown':
      stopBeating(world, flight)
      return forget(flight)
    case 'releasing':
      // The callback was told that its lease is lost, so what it threw is most likely that.
      if (answer === 'lost' && flight.lost !== 'no') return refused(world, flight)
      return end(world, flight, 'failed')
    default:
  }
}

function seen(world: World, flight: Flight, answer: Answer): void {
  if (typeof answer === 'string') return
  switch (answer.status) {
    case 'claimed':
      return won(world, flight)
    case 'none':
      return flight.leaseLost ? end(world, flight, 'lease_lost') : look(world, flight)
    case 'mismatch':
      return end(world, flight, flight.leaseLost ? 'lease_lost' : 'mismatch')
    case 'done':
      return replay(world, flight, answer.record)
    case 'executing':
      return elsewhere(world, flight, answer)
    default:
      answer satisfies never
  }
}

/** The same request once more, while there is time. */
export function sendAgain(world: World, flight: Flight): boolean {
  const { main, phase } = flight
  if (main === undefined) return false
  if (phase === 'claiming' && world.leftMs(flight) <= 0) return false
  if (phase === 'committing' && world.leftMs(flight, flight.leaseAtCommit) <= 0) return false
  if (phase !== 'claiming' && phase !== 'committing' && phase !== 'unknown') return false
  leaveBehind(world, flight, false)
  if (phase === 'committing' && !world.rules.conduct.runsOnce) start(world, flight)
  else flight.main = { ...main, answer: undefined }
  return true
}

/** No answer came in time. */
export function giveUp(world: World, flight: Flight): boolean {
  const { main, phase } = flight
  if (main === undefined) return false
  switch (phase) {
    case 'claiming':
      leaveBehind(world, flight, true)
      giveBack(world, flight)
      break
    case 'freshening':
      leaveBehind(world, flight, false)
      giveBack(world, flight)
      break
    case 'reading':
      break
    case 'declaring':
      leaveBehind(world, flight, false)
      throwError(world, flight)
      return true
    case 'releasing':
      leaveBehind(world, flight, false)
      giveBack(world, flight)
      end(world, flight, 'failed')
      return true
    case 'committing':
      return nobodyKnows(world, flight)
    case 'unknown':
      if (world.elapsedMs(flight, flight.claimedAt) < world.rules.maxRuntimeMs) return false
      leaveBehind(world, flight, false)
      stopBeating(world, flight)
      forget(flight)
      return true
    default:
      return false
  }
  end(world, flight, 'unavailable')
  return true
}

/** Everybody leaves. */
export function leave(world: World, flight: Flight): boolean {
  if (flight.left) return false
  switch (flight.phase) {
    case 'resting':
      end(world, flight, 'aborted')
      return true
    case 'claiming':
    case 'freshening':
      flight.left = true
      return true
    case 'running':
      flight.left = true
      if (!world.rules.conduct.keepsUntilSettled) giveBack(world, flight)
      return true
    default:
      return false
  }
}

/** The process is gone, and with it all that it knew. */
export function crash(world: World, flight: Flight): void {
  leaveBehind(world, flight, false)
  stopBeating(world, flight)
  flight.strays = flight.strays.map(({ message }) => ({ message, heard: false }))
  forget(flight)
}
