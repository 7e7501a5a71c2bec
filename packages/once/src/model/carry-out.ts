import type { Step } from '../machine.ts'
import type { OnceRecord } from '../record.ts'
import type { RemoveAnswer, RemoveExpectation, TouchAnswer } from '../store.ts'
import { checkClaim } from './claim-checks.ts'
import { checkCommit, checkExtend, checkRelease } from './owner-checks.ts'
import { checkRead, checkRecord } from './record-checks.ts'
import { checkRemove, checkTouch } from './removal-checks.ts'
import type { Change } from './change.ts'
import { wordOf } from './message.ts'
import type { Answer, Message } from './message.ts'
import type { Key, World } from './world.ts'

/** The store takes a request: one atomic step for its key. */
export function carryOut(world: World, key: Key, message: Message): Answer {
  const { machine } = world.rules
  const now = world.now()
  switch (message.verb) {
    case 'claim': {
      const { request } = message
      const fence = machine.nextFence(world.lastFence, now.wallMs)
      const step = machine.claim(key.record, request, now, fence)
      if (step.answer.status === 'claimed' && step.answer.fence === fence) world.lastFence = fence
      return take(world, key, 'claim', step, (change) =>
        checkClaim(world, key, change, request, step, fence),
      )
    }
    case 'extend': {
      const { request } = message
      const step = machine.extend(key.record, request, now)
      return take(world, key, 'extend', step, (change) =>
        checkExtend(world, key, change, request, step.answer),
      )
    }
    case 'commit': {
      const { request } = message
      const step = machine.commit(key.record, request, now)
      return take(world, key, 'commit', step, (change) =>
        checkCommit(world, key, change, request, step.answer),
      )
    }
    case 'release': {
      const { request } = message
      const step = machine.release(key.record, request, now)
      return take(world, key, 'release', step, (change) =>
        checkRelease(world, key, change, request, step.answer),
      )
    }
    case 'read':
      return read(world, key, message.request.fingerprint)
    default:
      return message satisfies never
  }
}

/** An operator's, or the caller's: takes no part in a run. */
export function carryOutRemoval(
  world: World,
  key: Key,
  expect: RemoveExpectation | undefined,
): void {
  const step = world.rules.machine.remove(key.record, expect, world.now())
  take(world, key, 'remove', step, (change) => checkRemove(world, key, change, expect, step.answer))
}

/** Somebody wants a finished record to be kept from now on. */
export function carryOutTouch(world: World, key: Key, ttlMs: number): void {
  const step = world.rules.machine.touch(key.record, ttlMs)
  take(world, key, 'touch', step, (change) => checkTouch(world, change, ttlMs, step.answer))
}

/** Time has passed: what has expired is gone, and a lease that is over allows another start. */
export function expire(world: World, key: Key): void {
  const { record } = key
  if (record === undefined) return
  if (key.expiresAtMs <= world.nowMs) {
    checkRecord(world, key, { expired: true })
    key.record = undefined
    key.busy = false
    key.forced = false
  } else if (record.state === 'executing' && record.atMs <= world.nowMs) {
    key.busy = false
  }
}

function take<Word extends Said>(
  world: World,
  key: Key,
  verb: string,
  step: Step<Word>,
  check: (change: Change) => void,
): Word {
  const before = key.record
  const expiredAtMs = key.expiresAtMs
  const word = wordOf(step.answer)
  key.said = word
  world.rules.tally.answer(verb, word)
  const { write } = step
  if (write !== undefined) {
    switch (write.kind) {
      case 'put':
        key.record = write.record
        key.expiresAtMs = world.nowMs + (write.expiresInMs ?? Infinity)
        break
      case 'amend':
        if (before !== undefined) key.record = write.record
        break
      case 'expire':
        if (before !== undefined) key.expiresAtMs = world.nowMs + write.expiresInMs
        break
      case 'remove':
        key.record = undefined
        break
      default:
        write satisfies never
    }
  }
  if (step.wake === true) wake(world, key)
  check({ before, after: key.record, expiredAtMs, expiresAtMs: key.expiresAtMs })
  if (write !== undefined) checkRecord(world, key, { expired: false })
  return step.answer
}

type Said = Answer | RemoveAnswer | TouchAnswer

/** A message to all that watch the key, with the record. */
function wake(world: World, key: Key): void {
  for (const flight of world.flights) {
    if (world.keyOf(flight) !== key) continue
    if (flight.watch === 'stood' || flight.watch === 'on') flight.wakeUp = key.record ?? 'again'
  }
}

function read(world: World, key: Key, fingerprint: string): Answer {
  const { record } = key
  const answer = looked(world, record, fingerprint)
  key.said = answer.status
  world.rules.tally.answer('read', answer.status)
  checkRead(world, key, answer)
  return answer
}

function looked(
  world: World,
  record: OnceRecord | undefined,
  fingerprint: string,
): Exclude<Answer, string | { readonly status: 'claimed' }> {
  if (record === undefined || record.state === 'released') return { status: 'none' }
  if (record.fingerprint !== '' && fingerprint !== '' && record.fingerprint !== fingerprint) {
    return { status: 'mismatch' }
  }
  return record.state === 'executing'
    ? { status: 'executing', record, leaseLeftMs: record.atMs - world.nowMs }
    : { status: 'done', record }
}
