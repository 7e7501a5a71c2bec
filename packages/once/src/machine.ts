import { NO_TOKEN } from './record.ts'
import type { OnceRecord } from './record.ts'
import type {
  ClaimAnswer,
  ClaimRequest,
  CommitAnswer,
  CommitRequest,
  ExtendAnswer,
  ExtendRequest,
  ReleaseAnswer,
  ReleaseRequest,
  RemoveAnswer,
  RemoveExpectation,
  TouchAnswer,
} from './store.ts'

/** The store's clocks. `leaseMs` decides leases, `wallMs` dates transitions; a store with one clock gives it twice. */
export interface Now {
  readonly leaseMs: number
  readonly wallMs: number
}

/** What a verb does to one record: its answer, and what has to be written, if anything. */
export interface Step<Answer> {
  readonly answer: Answer
  readonly write?: Write
  /** The run that others wait for came to an end. */
  readonly wake?: boolean
}

export type Write =
  | { readonly kind: 'put'; readonly record: OnceRecord; readonly expiresInMs: number | undefined }
  /** Other flags; the expiry stays. */
  | { readonly kind: 'amend'; readonly record: OnceRecord }
  /** Same record, other expiry. */
  | { readonly kind: 'expire'; readonly expiresInMs: number }
  | { readonly kind: 'remove' }

/** The fence of the next claim: above every earlier one, and above those of a store that lost its memory. */
export function nextFence(last: number, wallMs: number): number {
  return Math.max(last + 1, Math.floor(wallMs * 1000))
}

/**
 * Claim the key, or tell what became of it.
 *
 * The order of the checks is the protocol: a re-send is told "yours" first; another payload is told before "in progress";
 * a lease that is over is taken over only by the same payload.
 */
export function claim(
  record: OnceRecord | undefined,
  request: ClaimRequest,
  now: Now,
  fence: number,
): Step<ClaimAnswer> {
  if (record === undefined) return grant(undefined, request, now, fence, 1, false)
  if (record.state === 'released') {
    // What it remembers is about one payload: attempts, steps. Another one starts anew.
    const known = differs(record.fingerprint, request.fingerprint) ? undefined : record
    if (known !== undefined && reached(request.attemptLimit, known.attempt))
      return exhaust(known, request, now)
    return grant(known, request, now, fence, (known?.attempt ?? 0) + 1, false)
  }
  if (record.token === request.token) return repeat(record, request)
  if (differs(record.fingerprint, request.fingerprint)) return { answer: { status: 'mismatch' } }
  if (record.state !== 'executing') return { answer: { status: 'done', record } }

  const leaseLeftMs = record.atMs - now.leaseMs
  if (leaseLeftMs > 0) {
    const answer: ClaimAnswer = { status: 'executing', record, leaseLeftMs }
    if (!request.wait || record.waiters) return { answer }
    return { answer, write: { kind: 'amend', record: { ...record, waiters: true } } }
  }
  if (record.effect) return suspend(record, now)
  if (reached(request.attemptLimit, record.attempt)) return exhaust(record, request, now)
  return grant(record, request, now, fence, record.attempt + 1, true)
}

/** Push the lease's deadline out, as long as the stored token is the caller's: also late, also after others gave the run up. */
export function extend(
  record: OnceRecord | undefined,
  request: ExtendRequest,
  now: Now,
): Step<ExtendAnswer> {
  if (record === undefined || record.token !== request.token || record.state === 'released') {
    return { answer: 'lost' }
  }
  if (!isOpen(record)) return { answer: 'settled' }
  const effect = record.effect || request.patch?.effect === true
  const progress = request.patch?.progress ?? record
  const next: OnceRecord = {
    ...record,
    state: 'executing',
    effect,
    atMs: deadline(now, request.leaseMs),
    codec: progress.codec,
    body: progress.body,
  }
  return {
    answer: 'extended',
    write: put(next, effect ? undefined : request.leaseMs + request.ttlMs),
  }
}

/** Write the outcome, as long as the stored token is the caller's. */
export function commit(
  record: OnceRecord | undefined,
  request: CommitRequest,
  now: Now,
): Step<CommitAnswer> {
  if (record === undefined) return { answer: 'lost' }
  if (request.expect === undefined) {
    if (record.token !== request.token || record.state === 'released') return { answer: 'lost' }
    if (!isOpen(record)) return { answer: 'committed' }
  } else {
    if (record.token === request.token && isSettled(record)) return { answer: 'committed' }
    if (record.state !== request.expect.state || record.fence !== request.expect.fence) {
      return { answer: 'lost' }
    }
  }
  const next: OnceRecord = {
    state: request.outcome.state,
    attempt: record.attempt,
    fence: record.fence,
    token: request.token,
    fingerprint: record.fingerprint,
    // Nobody knows whether it happened: should its owner extend once more, the key is still never re-run by itself.
    effect: request.outcome.state === 'indeterminate',
    waiters: false,
    atMs: now.wallMs,
    meta: request.meta,
    codec: request.outcome.codec,
    body: request.outcome.body,
  }
  const expiresInMs = request.outcome.state === 'indeterminate' ? undefined : request.ttlMs
  return { answer: 'committed', write: put(next, expiresInMs), wake: record.waiters }
}

/** Give the key back without an outcome. */
export function release(
  record: OnceRecord | undefined,
  request: ReleaseRequest,
  now: Now,
): Step<ReleaseAnswer> {
  if (record === undefined || record.state === 'released') return { answer: 'released' }
  if (record.token !== request.token || !isOpen(record)) return { answer: 'lost' }
  // The effect may have happened, so giving the key back is not the owner's to decide any more.
  if (record.effect) return { answer: 'lost' }
  if (request.keep === undefined) {
    return { answer: 'released', write: { kind: 'remove' }, wake: record.waiters }
  }
  const next: OnceRecord = {
    ...record,
    state: 'released',
    effect: false,
    waiters: false,
    atMs: now.wallMs,
    meta: request.keep.meta,
  }
  return { answer: 'released', write: put(next, request.keep.ttlMs), wake: record.waiters }
}

export function touch(record: OnceRecord | undefined, ttlMs: number): Step<TouchAnswer> {
  if (record === undefined || record.state === 'released') return { answer: 'none' }
  // An indeterminate record waits for a decision, however long that takes.
  if (record.state === 'executing' || record.state === 'indeterminate')
    return { answer: 'executing' }
  return { answer: 'touched', write: { kind: 'expire', expiresInMs: ttlMs } }
}

export function remove(
  record: OnceRecord | undefined,
  expect: RemoveExpectation | undefined,
  now: Now,
): Step<RemoveAnswer> {
  if (record === undefined) return { answer: 'none' }
  if (expect === 'idle') {
    if (record.state === 'indeterminate') return { answer: 'indeterminate' }
    if (record.state === 'executing') {
      if (record.atMs > now.leaseMs) return { answer: 'executing' }
      if (record.effect) return { answer: 'indeterminate' }
    }
  } else if (
    expect !== undefined &&
    (record.state !== expect.state || record.fence !== expect.fence)
  ) {
    return { answer: 'changed' }
  }
  return { answer: 'removed', write: { kind: 'remove' }, wake: record.waiters }
}

/** The record counts attempts in two bytes. */
const MAX_ATTEMPT = 65_535

/** Whether the owner of the token may still write: nobody has committed, released or replaced it. */
function isOpen(record: OnceRecord): boolean {
  return (
    record.state === 'executing' || record.state === 'indeterminate' || record.state === 'exhausted'
  )
}

function isSettled(record: OnceRecord): boolean {
  return !isOpen(record) && record.state !== 'released'
}

function reached(limit: number, attempts: number): boolean {
  return limit > 0 && attempts >= limit
}

/** Whether both sides gave a payload, and not the same one. */
export function differs(stored: string, given: string): boolean {
  return stored !== '' && given !== '' && stored !== given
}

/** The answer to a claim that was sent twice: what the first sending got. */
function repeat(record: OnceRecord, request: ClaimRequest): Step<ClaimAnswer> {
  if (record.state !== 'executing' && request.outcome === undefined) {
    return { answer: { status: 'done', record } }
  }
  const progress = request.outcome === undefined ? progressOf(record) : {}
  return {
    answer: {
      status: 'claimed',
      fence: record.fence,
      attempt: record.attempt,
      takeover: false,
      ...progress,
    },
  }
}

function grant(
  record: OnceRecord | undefined,
  request: ClaimRequest,
  now: Now,
  fence: number,
  attempt: number,
  takeover: boolean,
): Step<ClaimAnswer> {
  const { outcome } = request
  const next: OnceRecord = {
    state: outcome === undefined ? 'executing' : outcome.state,
    attempt: Math.min(attempt, MAX_ATTEMPT),
    fence,
    token: request.token,
    fingerprint: request.fingerprint === '' ? (record?.fingerprint ?? '') : request.fingerprint,
    effect: false,
    waiters: outcome === undefined && takeover && record?.waiters === true,
    atMs: outcome === undefined ? deadline(now, request.leaseMs) : now.wallMs,
    meta: request.holder,
    codec: outcome === undefined ? (record?.codec ?? 0) : outcome.codec,
    body: outcome === undefined ? (record?.body ?? '') : outcome.body,
  }
  const claimed = { status: 'claimed' as const, fence, attempt: next.attempt, takeover }
  if (outcome !== undefined) {
    return { answer: claimed, write: put(next, request.ttlMs), wake: record?.waiters === true }
  }
  const answer = next.codec === 0 ? claimed : { ...claimed, ...progressOf(next) }
  return { answer, write: put(next, request.leaseMs + request.ttlMs) }
}

/** The owner is gone and its effect may have happened: nobody knows, until somebody decides. */
function suspend(record: OnceRecord, now: Now): Step<ClaimAnswer> {
  const next: OnceRecord = { ...record, state: 'indeterminate', waiters: false, atMs: now.wallMs }
  return {
    answer: { status: 'done', record: next },
    write: put(next, undefined),
    wake: record.waiters,
  }
}

function exhaust(
  record: OnceRecord | undefined,
  request: ClaimRequest,
  now: Now,
): Step<ClaimAnswer> {
  const next: OnceRecord = {
    state: 'exhausted',
    attempt: record?.attempt ?? 0,
    fence: record?.fence ?? 0,
    token: record?.state === 'executing' ? record.token : NO_TOKEN,
    fingerprint: record?.fingerprint ?? '',
    effect: false,
    waiters: false,
    atMs: now.wallMs,
    meta: record?.meta ?? '',
    codec: record?.codec ?? 0,
    body: record?.body ?? '',
  }
  return {
    answer: { status: 'done', record: next },
    write: put(next, request.ttlMs),
    ...(record?.waiters === true ? { wake: true } : {}),
  }
}

function progressOf(record: OnceRecord): Pick<ClaimAnswer & { status: 'claimed' }, 'progress'> {
  return record.codec === 0 ? {} : { progress: { codec: record.codec, body: record.body } }
}

/** In whole ms, as the record keeps it: never before the owner's own count of its lease has ended. */
function deadline(now: Now, leaseMs: number): number {
  return Math.ceil(now.leaseMs + leaseMs)
}

function put(record: OnceRecord, expiresInMs: number | undefined): Write {
  return { kind: 'put', record, expiresInMs }
}
