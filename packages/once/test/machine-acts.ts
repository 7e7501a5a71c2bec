import fc from 'fast-check'
import { expect } from 'vitest'

import { OTHER_PAYLOAD, PAYLOAD } from '../src/conformance/requests.ts'
import type { Step } from '../src/machine.ts'
import type { OnceRecord } from '../src/record.ts'
import type {
  ClaimAnswer,
  ClaimRequest,
  CommitRequest,
  ExtendRequest,
  ReleaseRequest,
  RemoveExpectation,
} from '../src/store.ts'
import type { OneRecord } from './one-record.ts'

/**
 * One thing that may happen to a key: a verb by some caller, a verb sent again, or time. `byOwner`: with the token that the record
 * holds by then, whatever the request says.
 */
export type Act =
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'claim'; readonly request: ClaimRequest }
  | { readonly kind: 'extend'; readonly byOwner: boolean; readonly request: ExtendRequest }
  | { readonly kind: 'commit'; readonly byOwner: boolean; readonly request: CommitRequest }
  | { readonly kind: 'decide'; readonly byOwner: boolean; readonly request: CommitRequest }
  | { readonly kind: 'release'; readonly byOwner: boolean; readonly request: ReleaseRequest }
  | { readonly kind: 'touch'; readonly ttlMs: number }
  | { readonly kind: 'remove'; readonly expect: RemoveExpectation | 'its fence' | undefined }

// Few callers and few lengths of time, so that they meet often.
const anyToken = fc.constantFrom('1', '2', '3').map((digit) => digit.repeat(32))
const ms = fc.constantFrom(5, 10, 20, 50)
const fingerprint = fc.constantFrom('', PAYLOAD, PAYLOAD, OTHER_PAYLOAD)
const body = { codec: fc.constant(1), body: fc.string({ maxLength: 3 }) }
const times = { key: fc.constant('key'), token: anyToken, leaseMs: ms, ttlMs: ms }
const outcome = fc.record({
  state: fc.constantFrom('succeeded', 'failed', 'indeterminate' as const),
  ...body,
})
const mark = fc.record({ state: fc.constantFrom('succeeded', 'failed' as const), ...body })

export const anyAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('pass'), ms }),
  fc.record({
    kind: fc.constant('claim'),
    request: fc.record(
      {
        ...times,
        fingerprint,
        holder: fc.constant(''),
        wait: fc.boolean(),
        attemptLimit: fc.constantFrom(0, 0, 2, 3),
        outcome: mark,
      },
      {
        requiredKeys: [
          'key',
          'token',
          'leaseMs',
          'ttlMs',
          'fingerprint',
          'holder',
          'wait',
          'attemptLimit',
        ],
      },
    ),
  }),
  fc.record({
    kind: fc.constant('extend'),
    byOwner: fc.boolean(),
    request: fc.record(
      {
        ...times,
        patch: fc.record(
          { effect: fc.constant(true), progress: fc.record(body) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ['key', 'token', 'leaseMs', 'ttlMs'] },
    ),
  }),
  fc.record({
    kind: fc.constantFrom('commit', 'decide'),
    byOwner: fc.boolean(),
    request: fc.record({
      key: times.key,
      token: anyToken,
      outcome,
      ttlMs: ms,
      meta: fc.constant(''),
    }),
  }),
  fc.record({
    kind: fc.constant('release'),
    byOwner: fc.boolean(),
    request: fc.record(
      { key: times.key, token: anyToken, keep: fc.record({ ttlMs: ms, meta: fc.constant('') }) },
      { requiredKeys: ['key', 'token'] },
    ),
  }),
  fc.record({ kind: fc.constant('touch'), ttlMs: ms }),
  fc.record({
    kind: fc.constant('remove'),
    expect: fc.constantFrom('idle', 'its fence', undefined),
  }),
)

/** What has happened to the key so far, beside the record. */
export class Ledger {
  /** The highest fence that anybody was told. */
  lastFence = 0
  /** An effect was declared, and nobody has said yet what became of it. */
  openEffect = false
  /** Whose steps left the progress: the payload they were about. */
  progressOf = ''

  constructor(one: OneRecord) {
    this.lastFence = one.record?.fence ?? 0
  }
}

/** Lets one thing happen, and checks what the protocol promises about it. */
export function act(one: OneRecord, drawn: Act, ledger: Ledger): void {
  const next = addressed(drawn, one.record)
  const before = one.record
  const expiresInMs = one.expiresInMs
  switch (next.kind) {
    case 'pass':
      one.nowMs += next.ms
      if (before?.state === 'executing' && before.atMs > one.nowMs) expect(one.record).toBe(before)
      return
    case 'claim':
      return checkClaim(one, before, next.request, one.claim(next.request), ledger)
    case 'extend': {
      const { answer } = one.extend(next.request)
      checkOwned(one, before, next.request.token)
      if (answer !== 'extended') break
      ledger.openEffect ||= next.request.patch?.effect === true
      if (next.request.patch?.progress !== undefined) {
        ledger.progressOf = one.record?.fingerprint ?? ''
      }
      break
    }
    case 'commit':
      one.commit(next.request)
      checkOwned(one, before, next.request.token)
      settle(one, ledger)
      break
    case 'decide':
      one.commit({ ...next.request, expect: { state: 'indeterminate', fence: before?.fence ?? 0 } })
      if (before?.state !== 'indeterminate') expect(one.record).toBe(before)
      settle(one, ledger)
      break
    case 'release':
      one.release(next.request)
      checkOwned(one, before, next.request.token)
      if (ledger.openEffect) expect(one.record).toBe(before)
      break
    case 'touch':
      one.touch(next.ttlMs)
      expect(one.record).toBe(before)
      if (before?.state === 'executing') expect(one.expiresInMs).toBe(expiresInMs)
      break
    case 'remove':
      one.remove(
        next.expect === 'its fence'
          ? { state: before?.state ?? 'executing', fence: before?.fence ?? 0 }
          : next.expect,
      )
      if (next.expect === 'idle' && before?.state === 'executing' && before.atMs > one.nowMs) {
        expect(one.record).toBe(before)
      }
      if (one.record === undefined) ledger.openEffect = false
      return
    default:
      next satisfies never
  }
  checkRecord(one, before)
}

function addressed(drawn: Act, record: OnceRecord | undefined): Act {
  if (!('byOwner' in drawn) || !drawn.byOwner || record === undefined) return drawn
  const { token } = record
  switch (drawn.kind) {
    case 'extend':
      return { ...drawn, request: { ...drawn.request, token } }
    case 'release':
      return { ...drawn, request: { ...drawn.request, token } }
    default:
      return { ...drawn, request: { ...drawn.request, token } }
  }
}

/** Extend, commit and release change nothing unless the stored token is the caller's, and nothing that is settled. */
function checkOwned(one: OneRecord, before: OnceRecord | undefined, token: string): void {
  if (before?.token !== token) expect(one.record).toBe(before)
}

function checkClaim(
  one: OneRecord,
  before: OnceRecord | undefined,
  request: ClaimRequest,
  { answer, write }: Step<ClaimAnswer>,
  ledger: Ledger,
): void {
  const taken = before !== undefined && before.state !== 'released'
  const differs =
    taken &&
    before.token !== request.token &&
    before.fingerprint !== '' &&
    request.fingerprint !== '' &&
    before.fingerprint !== request.fingerprint

  // Another payload is told before anything else, and changes nothing.
  expect(answer.status === 'mismatch').toBe(differs)
  if (differs) expect(write).toBeUndefined()

  if (answer.status === 'claimed' && write !== undefined) {
    // One owner: the key was free, or its lease was over and no effect declared.
    if (taken) expect([before.state, before.effect]).toEqual(['executing', false])
    if (taken) expect(before.atMs).toBeLessThanOrEqual(one.nowMs)
    expect(ledger.openEffect).toBe(false)
    expect(answer.fence).toBeGreaterThan(ledger.lastFence)
    // Attempts and steps are those of one payload.
    const goesOn = before !== undefined && agree(before.fingerprint, request.fingerprint)
    expect(answer.attempt).toBe(goesOn ? before.attempt + 1 : 1)
    if (!agree(ledger.progressOf, request.fingerprint)) expect(answer.progress).toBeUndefined()
    expect(one.record).toMatchObject({
      state: request.outcome?.state ?? 'executing',
      token: request.token,
      fence: answer.fence,
      attempt: answer.attempt,
    })
    ledger.lastFence = answer.fence
  }
  if (answer.status === 'claimed' && write === undefined) {
    expect(before).toMatchObject({
      token: request.token,
      fence: answer.fence,
      attempt: answer.attempt,
    })
  }
  const sentAgain = answer.status === 'claimed' && write === undefined
  if (sentAgain && before?.state === 'executing' && request.outcome === undefined) {
    expect(answer.progress?.body).toBe(before.codec === 0 ? undefined : before.body)
  }
  if (answer.status === 'executing') {
    expect(answer.leaseLeftMs).toBeGreaterThan(0)
    expect(one.record).toEqual({ ...before, waiters: before?.waiters === true || request.wait })
  }
  if (answer.status === 'done') {
    expect(one.record).toEqual(answer.record)
    ledger.lastFence = Math.max(ledger.lastFence, answer.record.fence)
    if (before?.token !== request.token) {
      expect(agree(answer.record.fingerprint, request.fingerprint)).toBe(true)
    }
  }
  checkRecord(one, before)
}

/** The effect is accounted for once there is an outcome that says so. */
function settle(one: OneRecord, ledger: Ledger): void {
  if (one.record?.state === 'succeeded' || one.record?.state === 'failed') ledger.openEffect = false
  if (one.record?.state === 'indeterminate') ledger.openEffect = true
}

function agree(one: string, other: string): boolean {
  return one === '' || other === '' || one === other
}

/** What holds of every record after every step. */
function checkRecord(one: OneRecord, before: OnceRecord | undefined): void {
  const after = one.record
  // An outcome is final: only expiry and removal end it.
  if (before?.state === 'succeeded' || before?.state === 'failed') expect(after).toBe(before)
  if (after === undefined) return
  if (before !== undefined) {
    expect(after.fence).toBeGreaterThanOrEqual(before.fence)
    if (before.state !== 'released') expect(after.attempt).toBeGreaterThanOrEqual(before.attempt)
  }
  // A running record outlives its lease; one that waits for a decision, or may have to, never expires.
  if (after.state === 'executing') expect(one.expiresInMs).toBeGreaterThan(after.atMs - one.nowMs)
  if (after.state === 'executing' && after.effect) expect(one.expiresInMs).toBe(Infinity)
  if (after.state === 'indeterminate') expect(one.expiresInMs).toBe(Infinity)
  if (after.state !== 'executing') expect(after.waiters).toBe(false)
}
