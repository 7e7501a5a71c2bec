import type { Step } from '../machine.ts'
import type { OnceRecord } from '../record.ts'
import type { ClaimAnswer, ClaimRequest } from '../store.ts'
import { differ, expect, expiresIn, isFinal } from './change.ts'
import type { Change } from './change.ts'
import { outcomeRead } from './record-checks.ts'
import type { Key, World } from './world.ts'

/** Who may have the key, in which order that is decided, and what everybody else is told. */
export function checkClaim(
  world: World,
  key: Key,
  change: Change,
  request: ClaimRequest,
  step: Step<ClaimAnswer>,
  fence: number,
): void {
  const { answer } = step
  const { before, after } = change
  const { tally } = world.rules
  const taken = before !== undefined && before.state !== 'released'
  const again = taken && before.token === request.token
  if (taken && !again) {
    tally.check('I10')
    const other = differ(before.fingerprint, request.fingerprint)
    expect('I10', (answer.status === 'mismatch') === other, () =>
      other
        ? `another payload was answered "${answer.status}"`
        : 'the same payload was called another',
    )
    if (other) expect('I10', after === before, () => 'another payload changed the record')
  }
  if (answer.status === 'claimed' && step.write !== undefined) {
    checkGrant(world, key, change, request, answer)
  } else {
    if (before === undefined) expect('I6', after !== undefined, () => 'a free key was not given')
    unchangedButWaiters(change, step)
  }
  if (answer.status === 'claimed' && step.write === undefined) {
    tally.check('I3')
    expect(
      'I3',
      again && answer.fence === before.fence,
      () => 'a claim was granted without a record',
    )
  }
  if (answer.status === 'done') outcomeRead(world, key, answer.record)
  if (before !== undefined) clocksDoNotDecide(world, before, request, step, fence)
}

function checkGrant(
  world: World,
  key: Key,
  { before, after }: Change,
  request: ClaimRequest,
  answer: ClaimAnswer & { readonly status: 'claimed' },
): void {
  const { tally } = world.rules
  tally.check('I1')
  tally.check('I3')
  expect('I2', before === undefined || !isFinal(before), () => 'a finished key was given again')
  const live = before?.state === 'executing' && before.atMs > world.nowMs
  expect('I1', !live, () => `${before?.token ?? ''} still had a lease`)
  if (key.effectOpen) tally.check('effect')
  expect('effect', !key.effectOpen, () => 'a declared effect was let run again')
  expect(
    'I3',
    answer.fence > key.highestFence,
    () => `fence ${answer.fence} does not exceed ${key.highestFence}`,
  )
  key.highestFence = answer.fence
  const known =
    before !== undefined && !differ(before.fingerprint, request.fingerprint) ? before : undefined
  tally.check('I23')
  expect(
    'I23',
    answer.attempt === (known?.attempt ?? 0) + 1,
    () => `attempt ${answer.attempt} follows ${known?.attempt ?? 0}`,
  )
  const { attemptLimit } = request
  expect(
    'I23',
    attemptLimit === 0 || answer.attempt <= attemptLimit,
    () => `attempt ${answer.attempt} of ${attemptLimit} was let run`,
  )
  expect(
    'I15',
    expiresIn(world, key) === request.leaseMs + request.ttlMs,
    () => `a claim expires in ${expiresIn(world, key)} ms`,
  )
  expect('I1', after?.token === request.token, () => 'the record does not name its owner')
  for (const flight of world.flights) if (flight.token === request.token) flight.cleared = false
}

/** The flag of waiters aside, a claim that is refused changes nothing but what its lease has made of it. */
function unchangedButWaiters(change: Change, step: Step<ClaimAnswer>): void {
  const { before, after, expiredAtMs, expiresAtMs } = change
  if (step.answer.status === 'executing') {
    expect('I15', expiredAtMs === expiresAtMs, () => 'a claim that was refused moved the expiry')
    expect('I3', before?.token === after?.token, () => 'a claim that was refused took the key')
  }
  if (before !== undefined && isFinal(before)) {
    expect('I2', after === before, () => 'a claim changed an outcome')
    expect('I15', expiredAtMs === expiresAtMs, () => 'a claim changed how long an outcome is kept')
  }
}

const DAY_MS = 86_400_000

/** What a request says of its sender's clock changes nothing. */
function clocksDoNotDecide(
  world: World,
  before: OnceRecord,
  request: ClaimRequest,
  step: Step<ClaimAnswer>,
  fence: number,
): void {
  const { machine, tally } = world.rules
  tally.check('I18')
  for (const shiftMs of [-DAY_MS, DAY_MS]) {
    const shifted = { ...request, holder: String(Number(request.holder) + shiftMs) }
    const other = machine.claim(before, shifted, world.now(), fence)
    const same =
      other.answer.status === step.answer.status && other.write?.kind === step.write?.kind
    expect(
      'I18',
      same,
      () =>
        `a claimant whose clock is a day off is answered "${other.answer.status}" and not "${step.answer.status}"`,
    )
  }
}
