import type { RemoveAnswer, RemoveExpectation, TouchAnswer } from '../store.ts'
import { expect, isFinal } from './change.ts'
import type { Change } from './change.ts'
import type { Key, World } from './world.ts'

/** A key that is in use goes only by force, and then for good. */
export function checkRemove(
  world: World,
  key: Key,
  { before, after, expiredAtMs, expiresAtMs }: Change,
  wanted: RemoveExpectation | undefined,
  answer: RemoveAnswer,
): void {
  if (before === undefined) return
  const { tally } = world.rules
  tally.check('I16')
  const live = before.state === 'executing' && before.atMs > world.nowMs
  if (wanted === 'idle' && (live || key.effectOpen)) {
    expect('I16', answer !== 'removed' && after === before, () =>
      live ? 'a running key was cleared' : 'a key whose effect is open was cleared',
    )
    expect('I15', expiredAtMs === expiresAtMs, () => 'a refused removal moved the expiry')
  }
  if (wanted === undefined) {
    expect(
      'I16',
      answer === 'removed' && after === undefined,
      () => 'a removal by force was refused',
    )
  }
  if (answer !== 'removed') return
  for (const flight of world.flights) {
    // A run may be told of it only when it asks.
    if (flight.token !== '' && flight.token === before.token) flight.cleared = true
  }
  key.effectOpen = false
  key.busy = false
  key.forced = wanted !== 'idle'
}

/** Nothing but the expiry changes, and only of what is finished. */
export function checkTouch(
  world: World,
  { before, after, expiredAtMs, expiresAtMs }: Change,
  ttlMs: number,
  answer: TouchAnswer,
): void {
  world.rules.tally.check('I15')
  expect('I15', after === before, () => 'a touch changed the record')
  const kept = before !== undefined && (isFinal(before) || before.state === 'exhausted')
  expect(
    'I15',
    expiresAtMs === (kept ? world.nowMs + ttlMs : expiredAtMs),
    () => `a touch (${answer}) left ${expiresAtMs - world.nowMs} ms`,
  )
}
