import { end } from './ending.ts'
import { forget } from './flight.ts'
import type { Flight } from './flight.ts'
import { look } from './looking.ts'
import type { Answer, Instant } from './message.ts'
import { extendRequest, readRequest, releaseRequest } from './requests.ts'
import { checkEffect, checkEnd, checkGoesOn, checkStart } from './run-checks.ts'
import { giveBack, leaveBehind, send, stopBeating } from './under-way.ts'
import type { World } from './world.ts'

/** The claim was granted. A process that was paused since it asked starts nothing on an old answer. */
export function won(world: World, flight: Flight): void {
  const { conduct } = world.rules
  if (conduct.countsFrom === 'answer') flight.lease = world.instant(flight)
  if (flight.left) {
    giveBack(world, flight)
    return end(world, flight, 'aborted')
  }
  if (!conduct.freshens || isFresh(world, flight)) return start(world, flight)
  flight.phase = 'freshening'
  send(world, flight, extendRequest(world, flight, false))
}

function isFresh(world: World, flight: Flight): boolean {
  return world.leftMs(flight) >= (flight.call?.leaseMs ?? 0) / 2
}

/** An old claim was extended, or refused. */
export function freshened(world: World, flight: Flight, answer: Answer, sentAt: Instant): void {
  if (answer !== 'extended') {
    flight.phase = 'reading'
    return send(world, flight, readRequest(world, flight))
  }
  flight.lease = sentAt
  won(world, flight)
}

/** Runs the callback. */
export function start(world: World, flight: Flight): void {
  checkStart(world, flight)
  flight.phase = 'running'
}

/** The callback gives its value. */
export function returnValue(world: World, flight: Flight): void {
  commit(world, flight, 'succeeded')
}

/** The callback throws: the key is given back, unless an effect may have happened. */
export function throwError(world: World, flight: Flight): void {
  if (flight.declared) return commit(world, flight, 'failed')
  flight.phase = 'releasing'
  send(world, flight, releaseRequest(world, flight))
}

/** The callback is about to do what cannot be taken back. */
export function declare(world: World, flight: Flight): void {
  if (!world.rules.conduct.declaresFirst) checkEffect(world, flight)
  flight.phase = 'declaring'
  send(world, flight, extendRequest(world, flight, true))
}

/** The store knows of the effect, or does not want to. */
export function declared(world: World, flight: Flight, answer: Answer, sentAt: Instant): void {
  extended(world, flight, answer, sentAt)
  if (answer !== 'extended') return throwError(world, flight)
  checkEffect(world, flight)
  flight.declared = true
  flight.phase = 'running'
}

/** The heartbeat's answer, or the declaration's. */
export function extended(world: World, flight: Flight, answer: Answer, sentAt: Instant): void {
  if (answer === 'extended') flight.lease = sentAt
  else if (answer === 'lost' && world.rules.conduct.tellsLoss) flight.lost = 'taken'
}

function commit(world: World, flight: Flight, state: 'succeeded' | 'failed'): void {
  const { call, token } = flight
  flight.phase = 'committing'
  flight.leaseAtCommit = flight.lease
  send(world, flight, {
    verb: 'commit',
    request: {
      key: world.keyOf(flight).name,
      token,
      outcome: { state, codec: 1, body: token },
      ttlMs: call?.ttlMs ?? 0,
      meta: '',
    },
  })
}

/** The store refused the end of the run. */
export function refused(world: World, flight: Flight): void {
  if (!world.rules.conduct.adoptsWinner) return end(world, flight, 'executed')
  flight.leaseLost = true
  stopBeating(world, flight)
  look(world, flight)
}

/** The commit got no answer, and its time is over: the caller is told, and the commit goes on. */
export function nobodyKnows(world: World, flight: Flight): boolean {
  const { commitGoesOn, insists, unanswered } = world.rules.conduct
  if (insists && world.leftMs(flight, flight.leaseAtCommit) > 0) return false
  checkEnd(world, flight, 'unknown', undefined)
  const { main } = flight
  leaveBehind(world, flight, false)
  if (unanswered === 'released') giveBack(world, flight)
  if (commitGoesOn && main !== undefined) {
    flight.phase = 'unknown'
    flight.main = { ...main, answer: undefined }
  } else forget(flight)
  checkGoesOn(world, flight)
  return true
}

/** The timer of the lease: a process that is awake knows when its time is over. */
export function notice(world: World, flight: Flight): void {
  const { phase, lost } = flight
  if (lost !== 'no' || !world.rules.conduct.tellsLoss) return
  if (phase !== 'running' && phase !== 'declaring' && phase !== 'committing') return
  if (world.leftMs(flight) <= 0) flight.lost = 'deadline'
}
