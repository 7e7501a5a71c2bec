import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  claimRequest,
  commitRequest,
  declareEffect,
  extendRequest,
  OTHER_PAYLOAD,
  PAYLOAD,
  releaseRequest,
  succeeded,
} from '../src/conformance/requests.ts'
import { nextFence } from '../src/machine.ts'
import type { OnceRecord } from '../src/record.ts'
import { act, anyAct, Ledger } from './machine-acts.ts'
import { OneRecord } from './one-record.ts'
import { vectors } from './vectors.ts'

const LEASE_MS = 100
const TTL_MS = 1000
const KEEP = { ttlMs: TTL_MS, meta: '' }
const owner = { key: 'key', token: '1'.repeat(32) }
const stranger = { key: 'key', token: '2'.repeat(32) }
const times = { leaseMs: LEASE_MS, ttlMs: TTL_MS }

function own(one: OneRecord): void {
  one.claim(claimRequest('key', { ...owner, ...times, fingerprint: PAYLOAD }))
}

function finish(one: OneRecord, state: 'succeeded' | 'failed' | 'indeterminate'): void {
  own(one)
  one.commit(commitRequest(owner, { outcome: { state, codec: 1, body: '1' }, ttlMs: TTL_MS }))
}

/** How a record gets into each situation that the machine tells apart. */
const SITUATIONS = {
  none: () => {},
  'executing, lease running': own,
  'executing, lease over': (one) => {
    own(one)
    one.nowMs += LEASE_MS
  },
  'effect declared, lease running': (one) => {
    own(one)
    one.extend(declareEffect(owner, LEASE_MS))
  },
  'effect declared, lease over': (one) => {
    own(one)
    one.extend(declareEffect(owner, LEASE_MS))
    one.nowMs += LEASE_MS
  },
  succeeded: (one) => finish(one, 'succeeded'),
  failed: (one) => finish(one, 'failed'),
  'indeterminate, given up': (one) => {
    own(one)
    one.extend(declareEffect(owner, LEASE_MS))
    one.nowMs += LEASE_MS
    one.claim(claimRequest('key'))
  },
  'indeterminate, committed': (one) => finish(one, 'indeterminate'),
  'exhausted, given up': (one) => {
    own(one)
    one.nowMs += LEASE_MS
    one.claim(claimRequest('key', { attemptLimit: 1, ttlMs: TTL_MS }))
  },
  'exhausted, released': (one) => {
    own(one)
    one.release(releaseRequest(owner, KEEP))
    one.claim(claimRequest('key', { attemptLimit: 1, ttlMs: TTL_MS }))
  },
  released: (one) => {
    own(one)
    one.release(releaseRequest(owner, KEEP))
  },
} satisfies Record<string, (one: OneRecord) => void>

type Situation = keyof typeof SITUATIONS

const VERBS = {
  'claim, same payload': (one: OneRecord) =>
    one.claim(claimRequest('key', { ...stranger, ...times, fingerprint: PAYLOAD })),
  'claim, no payload': (one: OneRecord) =>
    one.claim(claimRequest('key', { ...stranger, ...times })),
  'claim, other payload': (one: OneRecord) =>
    one.claim(claimRequest('key', { ...stranger, ...times, fingerprint: OTHER_PAYLOAD })),
  'claim, sent again': (one: OneRecord) =>
    one.claim(claimRequest('key', { ...owner, ...times, fingerprint: PAYLOAD })),
  'claim with outcome': (one: OneRecord) =>
    one.claim(claimRequest('key', { ...stranger, ...times, outcome: succeeded('2') })),
  'extend by owner': (one: OneRecord) => one.extend(extendRequest(owner, times)),
  'extend by stranger': (one: OneRecord) => one.extend(extendRequest(stranger, times)),
  'commit by owner': (one: OneRecord) => one.commit(commitRequest(owner)),
  'commit by stranger': (one: OneRecord) => one.commit(commitRequest(stranger)),
  'commit as a decision': (one: OneRecord) =>
    one.commit(
      commitRequest(stranger, {
        expect: { state: 'indeterminate', fence: one.record?.fence ?? 0 },
      }),
    ),
  'commit as a decision about another fence': (one: OneRecord) =>
    one.commit(commitRequest(stranger, { expect: { state: 'indeterminate', fence: -1 } })),
  'release by owner': (one: OneRecord) => one.release(releaseRequest(owner)),
  'release by stranger': (one: OneRecord) => one.release(releaseRequest(stranger)),
  'release by owner, kept': (one: OneRecord) => one.release(releaseRequest(owner, KEEP)),
  touch: (one: OneRecord) => one.touch(1),
  'remove when idle': (one: OneRecord) => one.remove('idle'),
  'remove by its fence': (one: OneRecord) =>
    one.remove({ state: one.record?.state ?? 'executing', fence: one.record?.fence ?? 0 }),
  'remove by another fence': (one: OneRecord) =>
    one.remove({ state: one.record?.state ?? 'executing', fence: -1 }),
  'remove by force': (one: OneRecord) => one.remove(),
}

type Verb = keyof typeof VERBS

/** What a step is answered and where it leaves the record; `=`: as it was. */
const TABLE: Record<Verb, Record<Situation, string>> = {
  'claim, same payload': {
    none: 'claimed → executing',
    'executing, lease running': 'executing =',
    'executing, lease over': 'claimed → executing',
    'effect declared, lease running': 'executing =',
    'effect declared, lease over': 'done → indeterminate',
    succeeded: 'done =',
    failed: 'done =',
    'indeterminate, given up': 'done =',
    'indeterminate, committed': 'done =',
    'exhausted, given up': 'done =',
    'exhausted, released': 'done =',
    released: 'claimed → executing',
  },
  'claim, no payload': {
    none: 'claimed → executing',
    'executing, lease running': 'executing =',
    'executing, lease over': 'claimed → executing',
    'effect declared, lease running': 'executing =',
    'effect declared, lease over': 'done → indeterminate',
    succeeded: 'done =',
    failed: 'done =',
    'indeterminate, given up': 'done =',
    'indeterminate, committed': 'done =',
    'exhausted, given up': 'done =',
    'exhausted, released': 'done =',
    released: 'claimed → executing',
  },
  'claim, other payload': {
    none: 'claimed → executing',
    'executing, lease running': 'mismatch =',
    'executing, lease over': 'mismatch =',
    'effect declared, lease running': 'mismatch =',
    'effect declared, lease over': 'mismatch =',
    succeeded: 'mismatch =',
    failed: 'mismatch =',
    'indeterminate, given up': 'mismatch =',
    'indeterminate, committed': 'mismatch =',
    'exhausted, given up': 'mismatch =',
    'exhausted, released': 'mismatch =',
    released: 'claimed → executing',
  },
  'claim, sent again': {
    none: 'claimed → executing',
    'executing, lease running': 'claimed =',
    'executing, lease over': 'claimed =',
    'effect declared, lease running': 'claimed =',
    'effect declared, lease over': 'claimed =',
    succeeded: 'done =',
    failed: 'done =',
    'indeterminate, given up': 'done =',
    'indeterminate, committed': 'done =',
    'exhausted, given up': 'done =',
    'exhausted, released': 'done =',
    released: 'claimed → executing',
  },
  'claim with outcome': {
    none: 'claimed → succeeded',
    'executing, lease running': 'executing =',
    'executing, lease over': 'claimed → succeeded',
    'effect declared, lease running': 'executing =',
    'effect declared, lease over': 'done → indeterminate',
    succeeded: 'done =',
    failed: 'done =',
    'indeterminate, given up': 'done =',
    'indeterminate, committed': 'done =',
    'exhausted, given up': 'done =',
    'exhausted, released': 'done =',
    released: 'claimed → succeeded',
  },
  'extend by owner': {
    none: 'lost =',
    'executing, lease running': 'extended → executing',
    'executing, lease over': 'extended → executing',
    'effect declared, lease running': 'extended → executing',
    'effect declared, lease over': 'extended → executing',
    succeeded: 'settled =',
    failed: 'settled =',
    'indeterminate, given up': 'extended → executing',
    'indeterminate, committed': 'extended → executing',
    'exhausted, given up': 'extended → executing',
    'exhausted, released': 'lost =',
    released: 'lost =',
  },
  'extend by stranger': everywhere('lost ='),
  'commit by owner': {
    none: 'lost =',
    'executing, lease running': 'committed → succeeded',
    'executing, lease over': 'committed → succeeded',
    'effect declared, lease running': 'committed → succeeded',
    'effect declared, lease over': 'committed → succeeded',
    succeeded: 'committed =',
    failed: 'committed =',
    'indeterminate, given up': 'committed → succeeded',
    'indeterminate, committed': 'committed → succeeded',
    'exhausted, given up': 'committed → succeeded',
    'exhausted, released': 'lost =',
    released: 'lost =',
  },
  'commit by stranger': everywhere('lost ='),
  'commit as a decision': {
    ...everywhere('lost ='),
    'indeterminate, given up': 'committed → succeeded',
    'indeterminate, committed': 'committed → succeeded',
  },
  'commit as a decision about another fence': everywhere('lost ='),
  'release by owner': {
    none: 'released =',
    'executing, lease running': 'released → none',
    'executing, lease over': 'released → none',
    'effect declared, lease running': 'lost =',
    'effect declared, lease over': 'lost =',
    succeeded: 'lost =',
    failed: 'lost =',
    'indeterminate, given up': 'lost =',
    'indeterminate, committed': 'lost =',
    'exhausted, given up': 'released → none',
    'exhausted, released': 'lost =',
    released: 'released =',
  },
  'release by stranger': { ...everywhere('lost ='), none: 'released =', released: 'released =' },
  'release by owner, kept': {
    none: 'released =',
    'executing, lease running': 'released → released',
    'executing, lease over': 'released → released',
    'effect declared, lease running': 'lost =',
    'effect declared, lease over': 'lost =',
    succeeded: 'lost =',
    failed: 'lost =',
    'indeterminate, given up': 'lost =',
    'indeterminate, committed': 'lost =',
    'exhausted, given up': 'released → released',
    'exhausted, released': 'lost =',
    released: 'released =',
  },
  touch: {
    none: 'none =',
    'executing, lease running': 'executing =',
    'executing, lease over': 'executing =',
    'effect declared, lease running': 'executing =',
    'effect declared, lease over': 'executing =',
    succeeded: 'touched =',
    failed: 'touched =',
    'indeterminate, given up': 'executing =',
    'indeterminate, committed': 'executing =',
    'exhausted, given up': 'touched =',
    'exhausted, released': 'touched =',
    released: 'none =',
  },
  'remove when idle': {
    none: 'none =',
    'executing, lease running': 'executing =',
    'executing, lease over': 'removed → none',
    'effect declared, lease running': 'executing =',
    'effect declared, lease over': 'indeterminate =',
    succeeded: 'removed → none',
    failed: 'removed → none',
    'indeterminate, given up': 'indeterminate =',
    'indeterminate, committed': 'indeterminate =',
    'exhausted, given up': 'removed → none',
    'exhausted, released': 'removed → none',
    released: 'removed → none',
  },
  'remove by its fence': { ...everywhere('removed → none'), none: 'none =' },
  'remove by another fence': { ...everywhere('changed ='), none: 'none =' },
  'remove by force': { ...everywhere('removed → none'), none: 'none =' },
}

describe('a step of the machine', () => {
  for (const verb of Object.keys(VERBS) as Verb[]) {
    for (const situation of Object.keys(SITUATIONS) as Situation[]) {
      const expected = TABLE[verb][situation]
      test(`${verb} on ${situation}: ${expected}`, () => {
        const one = new OneRecord()
        SITUATIONS[situation](one)
        const before = one.record
        const { answer } = VERBS[verb](one)
        const told = typeof answer === 'string' ? answer : answer.status
        expect(`${told} ${change(before, one.record)}`).toBe(expected)
      })
    }
  }
})

describe('any course of claims, steps, repeats and time', () => {
  test('keeps every promise of the protocol', { timeout: 60_000 }, () => {
    const course = fc.property(fc.array(anyAct, { minLength: 1, maxLength: 40 }), (acts) => {
      const one = new OneRecord()
      const ledger = new Ledger(one)
      for (const next of acts) act(one, next, ledger)
    })
    expect(() => fc.assert(course, { numRuns: effort(10_000).numRuns })).not.toThrow()
  })
})

describe('a course that once went wrong', () => {
  test('an owner that gives up knowing and whose heartbeat comes late does not open the key again', () => {
    const one = new OneRecord()
    own(one)
    one.extend(declareEffect(owner, LEASE_MS))
    one.commit(commitRequest(owner, { outcome: { state: 'indeterminate', codec: 1, body: '1' } }))
    one.extend(extendRequest(owner, times))
    one.nowMs += LEASE_MS
    expect(one.claim(claimRequest('key', { ...stranger, ...times })).answer).toMatchObject({
      status: 'done',
      record: { state: 'indeterminate' },
    })
  })

  test('attempts and steps of one payload are not those of another', () => {
    for (const attemptLimit of [0, 1]) {
      const one = new OneRecord()
      own(one)
      one.extend(
        extendRequest(owner, { ...times, patch: { progress: { codec: 1, body: '"secret"' } } }),
      )
      one.release(releaseRequest(owner, KEEP))
      const other = claimRequest('key', {
        ...stranger,
        ...times,
        fingerprint: OTHER_PAYLOAD,
        attemptLimit,
      })
      const { answer } = one.claim(other)
      expect(answer).toEqual({
        status: 'claimed',
        attempt: 1,
        takeover: false,
        fence: expect.any(Number),
      })
      expect(one.record).toMatchObject({ fingerprint: OTHER_PAYLOAD, codec: 0, body: '' })
    }
  })

  test('steps keep their payload when a claim without one inherits them', () => {
    const one = new OneRecord()
    own(one)
    one.extend(
      extendRequest(owner, { ...times, patch: { progress: { codec: 1, body: '"secret"' } } }),
    )
    one.release(releaseRequest(owner, KEEP))
    one.claim(claimRequest('key', { ...stranger, ...times }))
    one.nowMs += LEASE_MS
    const other = claimRequest('key', { ...times, fingerprint: OTHER_PAYLOAD })
    expect(one.claim(other).answer).toEqual({ status: 'mismatch' })
  })

  test('a takeover sent again is told the steps again', () => {
    const one = new OneRecord()
    own(one)
    const progress = { codec: 1, body: '"one"' }
    one.extend(extendRequest(owner, { ...times, patch: { progress } }))
    one.nowMs += LEASE_MS
    const request = claimRequest('key', { ...stranger, ...times })
    expect(one.claim(request).answer).toMatchObject({ status: 'claimed', progress })
    expect(one.claim(request).answer).toMatchObject({ status: 'claimed', progress })
  })

  test('an exhausted key does not lend its fence to the next generation', () => {
    const one = new OneRecord()
    own(one)
    one.release(releaseRequest(owner, KEEP))
    one.claim(claimRequest('key', { attemptLimit: 1, ttlMs: TTL_MS }))
    const exhausted = one.record?.fence ?? expect.fail()
    one.remove()
    one.claim(claimRequest('key', { ...stranger, ...times }))
    expect(one.record?.fence).not.toBe(exhausted)
    expect(one.remove({ state: 'executing', fence: exhausted }).answer).toBe('changed')
  })

  test('a declared effect is not forgotten by giving the key back', () => {
    const one = new OneRecord()
    own(one)
    one.extend(declareEffect(owner, LEASE_MS))
    for (const keep of [undefined, KEEP]) {
      expect(one.release(releaseRequest(owner, keep)).answer).toBe('lost')
      expect(one.record).toMatchObject({ state: 'executing', effect: true })
    }
  })

  test('a decision is not told "committed" over a released key', () => {
    const one = new OneRecord()
    own(one)
    one.release(releaseRequest(owner, KEEP))
    const decision = commitRequest(owner, { expect: { state: 'indeterminate', fence: 0 } })
    expect(one.commit(decision).answer).toBe('lost')
  })
})

describe('the mark that somebody waits', () => {
  test('outlives the owner, so that the run that takes over wakes them', () => {
    const one = new OneRecord()
    own(one)
    one.claim(claimRequest('key', { ...times, wait: true }))
    one.nowMs += LEASE_MS
    one.claim(claimRequest('key', { ...stranger, ...times }))
    expect(one.commit(commitRequest(stranger))).toMatchObject({ answer: 'committed', wake: true })
  })

  test('is for one run: what was released wakes them, and the next run nobody', () => {
    const one = new OneRecord()
    own(one)
    one.claim(claimRequest('key', { ...times, wait: true }))
    expect(one.release(releaseRequest(owner, KEEP)).wake).toBe(true)
    one.claim(claimRequest('key', { ...stranger, ...times }))
    expect(one.commit(commitRequest(stranger)).wake).toBe(false)
  })
})

describe('a fence', () => {
  test.each(vectors.fences)(
    'after $last at $storeTimeUs µs is $fence',
    ({ last, storeTimeUs, fence }) => {
      expect(nextFence(last, storeTimeUs / 1000)).toBe(fence)
    },
  )

  test('is a whole number above the last, whatever the clock does', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.double({ min: 0, max: 8e12, noNaN: true }),
        (last, wallMs) => {
          fc.pre(last < Number.MAX_SAFE_INTEGER)
          const fence = nextFence(last, wallMs)
          expect(Number.isSafeInteger(fence)).toBe(true)
          expect(fence).toBeGreaterThan(last)
        },
      ),
    )
  })
})

function everywhere(expected: string): Record<Situation, string> {
  const row: Partial<Record<Situation, string>> = {}
  for (const situation of Object.keys(SITUATIONS) as Situation[]) row[situation] = expected
  return row as Record<Situation, string>
}

function change(before: OnceRecord | undefined, after: OnceRecord | undefined): string {
  return after === before ? '=' : `→ ${after?.state ?? 'none'}`
}
