import type {
  CommitAnswer,
  CommitRequest,
  ExtendAnswer,
  ExtendRequest,
  ReleaseAnswer,
  ReleaseRequest,
} from '../store.ts'
import { expect, expiresIn, isFinal } from './change.ts'
import type { Change } from './change.ts'
import type { Key, World } from './world.ts'

/** A lease that ends when it was said to, of the owner alone, and an effect that stays declared. */
export function checkExtend(
  world: World,
  key: Key,
  change: Change,
  request: ExtendRequest,
  answer: ExtendAnswer,
): void {
  ownersOnly(world, key, change, request.token, answer === 'lost')
  if (answer !== 'extended') return
  const { after } = change
  expect(
    'I6',
    after?.state === 'executing' && after.atMs === world.nowMs + request.leaseMs,
    () => 'an extended lease does not end when it was said to',
  )
  const effect = change.before?.effect === true || request.patch?.effect === true
  expect(
    'effect',
    after?.effect === effect,
    () => 'the flag of the effect does not say what was declared',
  )
  if (effect) {
    world.rules.tally.check('effect')
    key.effectOpen = true
    for (const flight of world.flights) if (flight.token === request.token) flight.flagged = true
  } else {
    expect(
      'I15',
      expiresIn(world, key) === request.leaseMs + request.ttlMs,
      () => `an extended run expires in ${expiresIn(world, key)} ms`,
    )
  }
}

/** One outcome, the owner's, kept for as long as the owner said. */
export function checkCommit(
  world: World,
  key: Key,
  change: Change,
  request: CommitRequest,
  answer: CommitAnswer,
): void {
  const { before, after } = change
  if (request.expect === undefined) ownersOnly(world, key, change, request.token, answer === 'lost')
  if (answer !== 'committed') {
    expect('I3', after === before, () => 'a refused commit changed the record')
    return
  }
  const { tally } = world.rules
  tally.check('I2')
  expect(
    'I2',
    after?.token === request.token && after.body === request.outcome.body,
    () => 'what was called committed is not what is stored',
  )
  for (const flight of world.flights) if (flight.token === request.token) flight.committed = true
  if (request.outcome.state === 'indeterminate') return
  key.effectOpen = false
  if (after === before) {
    expect(
      'I15',
      change.expiredAtMs === change.expiresAtMs,
      () => 'a commit sent again moved the expiry',
    )
    return
  }
  tally.check('I15')
  expect(
    'I15',
    expiresIn(world, key) === request.ttlMs,
    () => `an outcome kept for ${request.ttlMs} ms expires in ${expiresIn(world, key)} ms`,
  )
}

/** The owner alone gives a key back, and never one whose effect may have happened. */
export function checkRelease(
  world: World,
  key: Key,
  change: Change,
  request: ReleaseRequest,
  answer: ReleaseAnswer,
): void {
  const { before, after } = change
  ownersOnly(world, key, change, request.token, answer === 'lost')
  if (after === before) return
  expect('effect', !key.effectOpen, () => 'a key was given back though its effect was declared')
  key.busy = false
  key.forced = false
}

/** Extend, commit and release: whoever does not hold the key changes nothing. */
function ownersOnly(
  world: World,
  key: Key,
  { before, after, expiredAtMs, expiresAtMs }: Change,
  token: string,
  refused: boolean,
): void {
  const { tally } = world.rules
  if (before !== undefined && isFinal(before)) {
    tally.check('I2')
    expect('I2', after === before, () => 'an outcome was changed')
    expect('I15', expiresAtMs === expiredAtMs, () => 'the expiry of an outcome was moved')
  }
  if (before !== undefined && before.token === token) {
    const open = !isFinal(before) && before.state !== 'released'
    // A release after the effect was declared is not the owner's any more.
    expect('I9', !open || before.effect || !refused, () => 'the owner of the key was refused')
    expect('I3', before.fence === (after ?? before).fence, () => 'the fence of a run was changed')
    return
  }
  tally.check('I3')
  if (before === undefined && key.forced) tally.check('I16')
  expect(before === undefined && key.forced ? 'I16' : 'I3', after === before, () =>
    before === undefined
      ? `${token} wrote though its record was removed`
      : `${token} wrote over the record of ${before.token}`,
  )
}
