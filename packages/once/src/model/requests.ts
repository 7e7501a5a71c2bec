import type { ClaimRequest } from '../store.ts'
import type { Flight } from './flight.ts'
import type { Message } from './message.ts'
import type { World } from './world.ts'

export function claimRequest(world: World, flight: Flight): ClaimRequest {
  const {
    fingerprint = '',
    leaseMs = 0,
    ttlMs = 0,
    attemptLimit = 0,
    wait = false,
  } = flight.call ?? {}
  return {
    key: world.keyOf(flight).name,
    token: flight.token,
    fingerprint,
    leaseMs,
    ttlMs,
    // What the process says of its own clock, so that a machine that listens to it is found out.
    holder: String(world.instant(flight).wallMs),
    wait,
    attemptLimit,
  }
}

/** An extension of the heartbeat. */
export function extendRequest(world: World, flight: Flight, effect: boolean): Message {
  const { leaseMs = 0, ttlMs = 0 } = flight.call ?? {}
  const { token } = flight
  const request = { key: world.keyOf(flight).name, token, leaseMs, ttlMs }
  return { verb: 'extend', request: effect ? { ...request, patch: { effect } } : request }
}

export function releaseRequest(world: World, flight: Flight): Message {
  const { token, call } = flight
  const key = world.keyOf(flight).name
  if (call === undefined || call.attemptLimit === 0)
    return { verb: 'release', request: { key, token } }
  return { verb: 'release', request: { key, token, keep: { ttlMs: call.ttlMs, meta: '' } } }
}

export function readRequest(world: World, flight: Flight): Message {
  const { name } = world.keyOf(flight)
  const { token } = flight
  return {
    verb: 'read',
    request: { key: name, token, fingerprint: flight.call?.fingerprint ?? '' },
  }
}
