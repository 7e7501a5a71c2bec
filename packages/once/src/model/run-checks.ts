import type { OnceRecord } from '../record.ts'
import type { End } from './call.ts'
import type { Flight } from './flight.ts'
import { Violation } from './invariant.ts'
import { expect } from './change.ts'
import type { World } from './world.ts'

/** A callback is about to start. */
export function checkStart(world: World, flight: Flight): void {
  const { tally } = world.rules
  const key = world.keyOf(flight)
  // A removal by force between the grant and the start is the operator's doing.
  if (flight.cleared) return
  tally.check('I1')
  const { record } = key
  const live =
    record?.state === 'executing' && record.token === flight.token && record.atMs > world.nowMs
  expect('I1', live, () => `${flight.token} starts its callback without a lease`)
  tally.check('I5')
  expect(
    'I5',
    !key.busy,
    () => `${flight.token} starts a second run, and nothing has ended the first`,
  )
  key.busy = true
}

/** The effect is attempted now. */
export function checkEffect(world: World, flight: Flight): void {
  world.rules.tally.check('effect')
  expect(
    'effect',
    flight.flagged || flight.cleared,
    () => `${flight.token} attempts its effect before the store knows of it`,
  )
}

/** A release is about to be sent. */
export function checkGivingBack(world: World, flight: Flight): void {
  const { tally } = world.rules
  tally.check('I21')
  const { phase } = flight
  expect(
    'I21',
    phase !== 'running' && phase !== 'declaring',
    () => `${flight.token} is given back while its callback runs`,
  )
  tally.check('I9')
  expect(
    'I9',
    phase !== 'committing' && phase !== 'unknown',
    () => `${flight.token} is given back though its callback has returned`,
  )
}

/** A caller is given an answer. */
export function checkEnd(
  world: World,
  flight: Flight,
  end: End,
  record: OnceRecord | undefined,
): void {
  const { tally } = world.rules
  tally.end(end)
  if (end === 'executed') {
    tally.check('I7')
    expect('I7', flight.committed, () => `${flight.token} is presented as committed, and is not`)
  }
  if (end === 'replayed' || (end === 'lease_lost' && record !== undefined)) {
    tally.check('I4')
    expect(
      'I4',
      record?.state === 'succeeded' || record?.state === 'failed',
      () => `a duplicate is told that it is done while the key is ${record?.state ?? 'none'}`,
    )
  }
  if (end === 'unknown') {
    tally.check('I9')
    expect(
      'I9',
      world.leftMs(flight, flight.leaseAtCommit) <= 0,
      () => 'told that nobody knows while the commit could still be sent again',
    )
  }
}

/** After its caller was told that nobody knows, somebody still tries to say so. */
export function checkGoesOn(world: World, flight: Flight): void {
  world.rules.tally.check('I9')
  const { main, phase } = flight
  expect(
    'I9',
    phase === 'unknown' && main?.message.verb === 'commit',
    () => 'told that nobody knows, and the commit is not sent any more',
  )
}

/** What holds of a flight at every instant. */
export function checkFlight(world: World, flight: Flight): void {
  switch (flight.phase) {
    case 'running':
    case 'declaring':
      return checkOwnCount(world, flight)
    case 'resting':
      return checkRest(world, flight)
    default:
  }
}

/** The process has just done something: it knows by now whether its lease is over. */
export function checkTold(world: World, flight: Flight): void {
  if (flight.phase !== 'running' && flight.phase !== 'declaring') return
  if (world.leftMs(flight) > 0) return
  world.rules.tally.check('I7')
  expect(
    'I7',
    flight.lost !== 'no',
    () => `${flight.token} goes on and is not told that its lease is over`,
  )
}

/** As long as the owner believes to have the key, it has it, whatever its clocks say. */
function checkOwnCount(world: World, flight: Flight): void {
  if (flight.cleared || flight.lost === 'taken') return
  const leftMs = world.leftMs(flight)
  if (leftMs <= 0) return
  world.rules.tally.check('I18')
  const { record } = world.keyOf(flight)
  const has =
    record?.token === flight.token &&
    (record.state !== 'executing' || record.atMs - world.nowMs >= leftMs)
  if (has) return
  throw new Violation('I18', `${flight.token} believes to have the key for ${leftMs} ms more`)
}

/** Whoever rests is told, or has been: the end of the run it waits for is not slept through. */
function checkRest(world: World, flight: Flight): void {
  const { news, wakeUp, watch, muted, quiet } = flight
  if (news !== undefined || wakeUp !== undefined || watch !== 'on' || muted || quiet) return
  // It looks by itself when the lease is over that it has seen.
  if (world.nowMs >= flight.seenUntilMs) return
  world.rules.tally.check('I20')
  const { record } = world.keyOf(flight)
  expect(
    'I20',
    record === undefined || record.state === 'executing',
    () => `a waiter sleeps on though the run it waits for has ${record?.state ?? 'ended'}`,
  )
}
