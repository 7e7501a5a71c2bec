import { randomBytes } from 'node:crypto'

import { expect } from 'vitest'

import type { Body } from '../record.ts'
import type {
  ClaimAnswer,
  ClaimRequest,
  CommitRequest,
  ExtendRequest,
  OnceStore,
  FinalOutcome,
  ReleaseRequest,
} from '../store.ts'

/** Longer than any test takes. */
export const LONG_MS = 60_000
/** Short enough to wait for. */
export const SHORT_MS = 40

export const PAYLOAD: string = 'a'.repeat(32)
export const OTHER_PAYLOAD: string = 'b'.repeat(32)

export function newToken(): string {
  return randomBytes(16).toString('hex')
}

export function claimRequest(key: string, given: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    key,
    token: newToken(),
    fingerprint: '',
    leaseMs: LONG_MS,
    ttlMs: LONG_MS,
    holder: '',
    wait: false,
    attemptLimit: 0,
    ...given,
  }
}

export type Claimed = Extract<ClaimAnswer, { readonly status: 'claimed' }> & {
  readonly key: string
  readonly token: string
}

/** A claim that has to be granted. */
export async function claimed(
  store: OnceStore,
  key: string,
  given: Partial<ClaimRequest> = {},
): Promise<Claimed> {
  const request = claimRequest(key, given)
  const answer = await store.claim(request)
  if (answer.status !== 'claimed') expect.fail(`the claim was answered ${answer.status}`)
  return { ...answer, key, token: request.token }
}

interface Owner {
  readonly key: string
  readonly token: string
}

export function extendRequest(owner: Owner, given: Partial<ExtendRequest> = {}): ExtendRequest {
  return { key: owner.key, token: owner.token, leaseMs: LONG_MS, ttlMs: LONG_MS, ...given }
}

export function declareEffect(owner: Owner, leaseMs: number = LONG_MS): ExtendRequest {
  return extendRequest(owner, { leaseMs, patch: { effect: true } })
}

export function commitRequest(owner: Owner, given: Partial<CommitRequest> = {}): CommitRequest {
  return {
    key: owner.key,
    token: owner.token,
    outcome: succeeded('"value"'),
    ttlMs: LONG_MS,
    meta: '',
    ...given,
  }
}

export function releaseRequest(owner: Owner, keep?: ReleaseRequest['keep']): ReleaseRequest {
  return { key: owner.key, token: owner.token, ...(keep === undefined ? {} : { keep }) }
}

export function succeeded(body: Body, codec = 1): FinalOutcome {
  return { state: 'succeeded', codec, body }
}

/** A body as bytes, in whichever form the store gave it. */
function bytesOf(body: Body): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : Buffer.from(body)
}

/** Bodies of a MiB compared without printing them. */
export function expectBody(actual: Body | undefined, expected: Body): void {
  expect(actual === undefined ? 'no body' : bytesOf(actual).equals(bytesOf(expected))).toBe(true)
}
