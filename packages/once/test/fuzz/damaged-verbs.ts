import * as machine from '../../src/machine.ts'
import type { Now } from '../../src/machine.ts'
import type { OnceRecord } from '../../src/record.ts'
import type {
  ClaimAnswer,
  ClaimRequest,
  CommitRequest,
  ExtendRequest,
  FinalOutcome,
  OnceStore,
  ReleaseRequest,
} from '../../src/store.ts'

/** One way to ask a store about a key, and what the state machine says to it. */
export interface Question {
  readonly name: string
  /** In a form in which two answers can be compared: without fences and times. */
  readonly ask: (store: OnceStore, key: string, token: string) => Promise<unknown>
  readonly says: (record: OnceRecord, now: Now, token: string) => unknown
}

const MINUTE_MS = 60_000
const outcome: FinalOutcome = { state: 'succeeded', codec: 1, body: '"value"' }
/** Above whatever a record holds is not needed: answers are compared without their fences. */
const FENCE = 1

function claiming(name: string, given: Partial<ClaimRequest>): Question {
  const request = (key: string, token: string): ClaimRequest => ({
    ...{ key, token, fingerprint: '', leaseMs: MINUTE_MS, ttlMs: MINUTE_MS },
    ...{ holder: '{"host":"fuzz"}', wait: false, attemptLimit: 0 },
    ...given,
  })
  return {
    name,
    ask: async (store, key, token) => plainClaim(await store.claim(request(key, token))),
    says: (record, now, token) =>
      plainClaim(machine.claim(record, request('', token), now, FENCE).answer),
  }
}

function plainClaim(answer: ClaimAnswer): unknown {
  switch (answer.status) {
    case 'claimed': {
      const { attempt, takeover, progress } = answer
      const kept = progress && { ...progress, body: hexOf(progress.body) }
      return { status: 'claimed', attempt, takeover, progress: kept }
    }
    case 'executing':
      return { status: 'executing', record: plain(answer.record) }
    case 'done':
      return { status: 'done', record: plain(answer.record) }
    case 'mismatch':
      return { status: 'mismatch' }
    default:
      return answer satisfies never
  }
}

/** The body as hexadecimal; without times, which a store gives by its own clock, and without what a later step of it may set. */
function plain({ atMs: _, waiters: __, ...record }: OnceRecord): unknown {
  return { ...record, body: hexOf(record.body) }
}

function hexOf(body: OnceRecord['body']): string {
  return Buffer.from(body).toString('hex')
}

const extension = (key: string, token: string): ExtendRequest => ({
  ...{ key, token, leaseMs: MINUTE_MS, ttlMs: MINUTE_MS },
})
const commitment = (
  key: string,
  token: string,
  given: Partial<CommitRequest> = {},
): CommitRequest => ({ key, token, outcome, ttlMs: MINUTE_MS, meta: '', ...given })
const release = (key: string, token: string): ReleaseRequest => ({ key, token })
const keepingRelease = (key: string, token: string): ReleaseRequest => ({
  ...release(key, token),
  keep: { ttlMs: MINUTE_MS, meta: '{"code":"E"}' },
})
const progress = { patch: { effect: true, progress: { codec: 1, body: '[1]' } } } as const
const decision = { expect: { state: 'indeterminate', fence: 0 } } as const
const OTHER_PAYLOAD = 'ee'.repeat(16)

export const waiting: Question = claiming('claim that waits', { wait: true })

/** Every verb, in every form that takes another way through a store. */
export const QUESTIONS: readonly Question[] = [
  claiming('claim', {}),
  claiming('claim with a payload', { fingerprint: OTHER_PAYLOAD }),
  waiting,
  claiming('claim with a limit', { attemptLimit: 1 }),
  claiming('claim with an outcome', { outcome }),
  {
    name: 'read',
    ask: async (store, key) => {
      const stored = await store.read(key)
      return stored && plain(stored.record)
    },
    says: (record) => plain(record),
  },
  {
    name: 'extend',
    ask: (store, key, token) => store.extend(extension(key, token)),
    says: (record, now, token) => machine.extend(record, extension('', token), now).answer,
  },
  {
    name: 'extend with progress and an effect',
    ask: (store, key, token) => store.extend({ ...extension(key, token), ...progress }),
    says: (record, now, token) =>
      machine.extend(record, { ...extension('', token), ...progress }, now).answer,
  },
  {
    name: 'commit',
    ask: (store, key, token) => store.commit(commitment(key, token)),
    says: (record, now, token) => machine.commit(record, commitment('', token), now).answer,
  },
  {
    name: 'decision',
    ask: (store, key, token) => store.commit(commitment(key, token, decision)),
    says: (record, now, token) =>
      machine.commit(record, commitment('', token, decision), now).answer,
  },
  {
    name: 'release',
    ask: (store, key, token) => store.release(release(key, token)),
    says: (record, now, token) => machine.release(record, release('', token), now).answer,
  },
  {
    name: 'release that keeps the count',
    ask: (store, key, token) => store.release(keepingRelease(key, token)),
    says: (record, now, token) => machine.release(record, keepingRelease('', token), now).answer,
  },
  {
    name: 'touch',
    ask: (store, key) => store.touch(key, MINUTE_MS),
    says: (record) => machine.touch(record, MINUTE_MS).answer,
  },
  {
    name: 'removal of what is idle',
    ask: (store, key) => store.remove(key, 'idle'),
    says: (record, now) => machine.remove(record, 'idle', now).answer,
  },
  {
    name: 'removal of what is expected',
    ask: (store, key) => store.remove(key, { state: 'succeeded', fence: 0 }),
    says: (record, now) => machine.remove(record, { state: 'succeeded', fence: 0 }, now).answer,
  },
]
