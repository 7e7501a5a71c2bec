import { createHash } from 'node:crypto'

import { Redis } from '@oncekit/redis'
import type { RedisPort, RedisReply } from '@oncekit/redis'
import { startRedis } from '@oncekit/testing'
import type { RedisServer } from '@oncekit/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { BUCKETS, storageKey } from '../../src/key.ts'
import { decodeRecord, encodeRecord } from '../../src/record.ts'
import type { OnceRecord } from '../../src/record.ts'
import { RedisOnceStore } from '../../src/stores/redis.ts'
import { fenceKey } from '../../src/stores/redis/verb.ts'
import { withTestClock } from './redis-test-clock.ts'
import { RedisTwin } from './redis-twin.ts'
import type { Ask } from './redis-twin.ts'

let server: RedisServer
let port: RedisPort
let store: RedisOnceStore

beforeAll(async () => {
  server = await startRedis()
  port = await Redis.create({ ...Redis.defaultConfig('test'), url: server.url })
  store = new RedisOnceStore(withTestClock(port), { ownsPort: false })
})

afterAll(async () => {
  await store.close()
  await port.close()
  await server.stop()
})

test('whatever is asked in whatever order, Redis answers and keeps what the state machine says', async () => {
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, { minLength: 5, maxLength: 40, size: 'max' }),
      async (steps) => {
        const twin = new RedisTwin(START_US)
        await port.command(['FLUSHALL'])
        await setClock(twin)
        for (const step of steps) await play(step, twin, seen)
      },
    ),
    { numRuns: Number(process.env['ONCEKIT_DIFFERENTIAL_RUNS'] ?? 500) },
  )
  // A generator that never reaches a branch proves nothing about it.
  expect([...seen.keys()].toSorted()).toEqual([...EVERY_ANSWER].toSorted())
})

/** A whole number of ms and some µs, so that fences show whether they are made of µs. */
const START_US = 1_800_000_000_123_456

const KEYS = [...sameBucketPair(), ...['c', 'd', 'e'].map((name) => storageKey('twin', name))]
const TOKENS = ['11', '22', 'ab'].map((pair) => pair.repeat(16))
const FINGERPRINTS = ['', 'cd'.repeat(16), 'ef'.repeat(16)]

const EVERY_ANSWER: readonly string[] = [
  ...['claim claimed', 'claim claimed, takeover', 'claim claimed, progress', 'claim mismatch'],
  ...['claim executing', 'claim done succeeded', 'claim done failed', 'claim done indeterminate'],
  ...['claim done exhausted', 'extend extended', 'extend settled', 'extend lost'],
  ...['commit committed', 'commit lost', 'release released', 'release lost'],
  ...['touch touched', 'touch none', 'touch executing', 'remove removed', 'remove none'],
  ...['remove executing', 'remove indeterminate', 'remove changed', 'wake with a record'],
  ...['wake without a record', 'read', 'read none', 'fence after the future'],
]

type AnyStep =
  | { readonly do: 'ask'; readonly ask: Ask; readonly wellInformed: boolean }
  | { readonly do: 'advance'; readonly us: number }
  | { readonly do: 'to the lease'; readonly key: string; readonly plusMs: number }
  | { readonly do: 'fence from the future'; readonly key: string; readonly aheadUs: number }
  | { readonly do: 'fence gone'; readonly key: string }

const key = fc.constantFrom(...KEYS)
const token = fc.constantFrom(...TOKENS)
const rarely = <T>(value: fc.Arbitrary<T>, weight = 1): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight, arbitrary: value })
// No real time to live ends while the test runs; the twin's clock ends them.
const leaseMs = fc.constantFrom(40_000, 80_000)
const ttlMs = fc.constantFrom(300_000, 1_000_000, 90_000_000_000)
const text = fc.constantFrom('', '{"host":"a"}', 'ключ \u{1F511}\0\n', 'm*900')
const body = fc.oneof(
  // `x*9` stands for nine x, so that a counterexample can be read.
  { weight: 6, arbitrary: fc.constantFrom('', '[1]', 'é*100', 'b*5000') },
  { weight: 3, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  // Around the size above which records are fetched alone.
  { weight: 1, arbitrary: fc.constantFrom('L*65536', 'L*65473') },
)
const codec = fc.constantFrom(0, 1, 2, 255)
const content = fc.record({ codec, body })
const outcome = fc.record({
  state: fc.constantFrom('succeeded', 'failed', 'indeterminate'),
  codec,
  body,
})

const finalOutcome = fc.record({
  state: fc.constantFrom('succeeded' as const, 'failed' as const),
  codec,
  body,
})

const anyAsk: fc.Arbitrary<Ask> = fc.oneof(
  {
    weight: 6,
    arbitrary: several(
      fc.record({
        key,
        token,
        fingerprint: fc.constantFrom(...FINGERPRINTS),
        leaseMs,
        ttlMs,
        holder: text,
        wait: fc.boolean(),
        attemptLimit: fc.constantFrom(0, 0, 1, 2, 3, 70_000),
        outcome: rarely(finalOutcome),
      }),
    ).map((requests) => ({ verb: 'claim', requests: requests.map(withoutUndefined) }) as const),
  },
  {
    weight: 3,
    arbitrary: several(
      fc.record({
        key,
        token,
        leaseMs,
        ttlMs,
        patch: rarely(
          fc
            .record({ effect: rarely(fc.constant(true as const), 3), progress: rarely(content, 3) })
            .map(withoutUndefined),
          3,
        ),
      }),
    ).map((requests) => ({ verb: 'extend', requests: requests.map(withoutUndefined) }) as const),
  },
  {
    weight: 3,
    arbitrary: several(
      fc.record({
        key,
        token,
        outcome,
        ttlMs,
        meta: text,
        expect: rarely(
          fc.record({
            state: fc.constant('indeterminate' as const),
            fence: fc.constantFrom(1, START_US),
          }),
          2,
        ),
      }),
    ).map((requests) => ({ verb: 'commit', requests: requests.map(withoutUndefined) }) as const),
  },
  {
    weight: 3,
    arbitrary: several(
      fc.record({ key, token, keep: rarely(fc.record({ ttlMs, meta: text }), 4) }),
    ).map((requests) => ({ verb: 'release', requests: requests.map(withoutUndefined) }) as const),
  },
  {
    weight: 1,
    arbitrary: several(fc.tuple(key, ttlMs)).map(
      (requests) => ({ verb: 'touch', requests }) as const,
    ),
  },
  {
    weight: 2,
    arbitrary: several(
      fc.tuple(
        key,
        fc.constantFrom(undefined, 'idle' as const, 'idle' as const, {
          state: 'executing' as const,
          fence: 1,
        }),
      ),
    ).map(
      (requests) =>
        ({
          verb: 'remove',
          requests: requests.map(([at, expected]) =>
            expected === undefined ? ([at] as const) : ([at, expected] as const),
          ),
        }) satisfies Ask,
    ),
  },
)

const anyStep: fc.Arbitrary<AnyStep> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      ask: anyAsk,
      wellInformed: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      us: fc.constantFrom(1, 700, 1000, 39_999_999, 500_000_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('to the lease' as const),
      key,
      plusMs: fc.constantFrom(-1, 0, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fence from the future' as const),
      key,
      aheadUs: fc.constantFrom(0, 1, 10_000_000_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fence gone' as const), key }) },
)

async function play(step: AnyStep, twin: RedisTwin, seen: Map<string, number>): Promise<void> {
  switch (step.do) {
    case 'ask': {
      const grown = grow(step.ask)
      const ask = step.wellInformed ? informed(grown, twin) : grown
      const future = [...twin.fences.values()].some((fence) => fence >= twin.nowUs)
      const expected = twin.ask(ask).map(plain)
      const answers = (await askStore(ask)).map(plain)
      expect(answers.map(withoutLateFlag)).toEqual(expected.map(withoutLateFlag))
      for (const answer of answers) {
        note(seen, `${ask.verb} ${describe(answer)}`)
        if (future && ask.verb === 'claim' && describe(answer).startsWith('claimed')) {
          note(seen, 'fence after the future')
        }
      }
      break
    }
    case 'advance':
      await advance(twin, step.us)
      break
    case 'to the lease': {
      const record = twin.entries.get(step.key)?.record
      if (record?.state !== 'executing') return
      const us = (record.atMs + step.plusMs) * 1000 - twin.nowUs
      if (us > 0) await advance(twin, us)
      break
    }
    case 'fence from the future': {
      const fence = twin.nowUs + step.aheadUs
      if (fence <= (twin.fences.get(fenceKey(step.key)) ?? 0)) return
      twin.fences.set(fenceKey(step.key), fence)
      await port.command(['SET', fenceKey(step.key), String(fence)])
      break
    }
    case 'fence gone':
      twin.fences.delete(fenceKey(step.key))
      await port.command(['DEL', fenceKey(step.key)])
      break
    default:
      step satisfies never
  }
  await compareWhatIsKept(twin, seen)
}

async function compareWhatIsKept(twin: RedisTwin, seen: Map<string, number>): Promise<void> {
  const fences = [...new Set(KEYS.map(fenceKey))]
  const [bytes, left, kept, wakes, records] = await Promise.all([
    Promise.all(KEYS.map((name) => port.command(['GET', name]))),
    Promise.all(KEYS.map((name) => port.command(['PTTL', name]))),
    Promise.all(fences.map((name) => port.command(['GET', name]))),
    port.command(['LRANGE', 'wakes', '0', '-1']),
    Promise.all(KEYS.map((name) => store.read(name))),
    port.command(['DEL', 'wakes']),
  ])

  for (const [index, name] of KEYS.entries()) {
    const entry = twin.entries.get(name)
    expect(hex(bytes[index])).toBe(hex(entry === undefined ? null : encodeRecord(entry.record)))
    const leftMs = Number(left[index])
    if (entry?.expiresInMs === undefined) expect(leftMs).toBe(entry === undefined ? -2 : -1)
    else {
      // Real time has passed since, but far less than any two times to live differ.
      expect(leftMs).toBeLessThanOrEqual(entry.expiresInMs)
      expect(leftMs).toBeGreaterThan(entry.expiresInMs - 20_000)
    }
    const stored = records[index]
    note(seen, stored === undefined ? 'read none' : 'read')
    expect(plain(stored?.record)).toEqual(plain(entry?.record))
    if (entry?.record.state === 'executing') {
      expect(stored?.leaseLeftMs).toBe(entry.record.atMs - Math.floor(twin.nowUs / 1000))
    }
  }
  for (const [index, name] of fences.entries()) {
    expect(kept[index]?.toString()).toBe(twin.fences.get(name)?.toString())
  }
  expect(wakeups(wakes)).toEqual(twin.wakes.map(([name, payload]) => [name, hex(payload)]))
  for (const [, payload] of twin.wakes) {
    note(seen, payload.length > 0 ? 'wake with a record' : 'wake without a record')
  }
  twin.wakes = []
}

async function advance(twin: RedisTwin, us: number): Promise<void> {
  const expired = twin.advance(us)
  await setClock(twin)
  if (expired.length > 0) await port.command(['DEL', ...expired])
}

async function setClock({ nowUs }: RedisTwin): Promise<void> {
  const seconds = Math.floor(nowUs / 1_000_000)
  const rest = nowUs % 1_000_000
  await port.command(['MSET', 'clock:s', String(seconds), 'clock:us', String(rest)])
}

/** Tokens and fences drawn at random are seldom the right ones; half of the time they should be. */
function informed(ask: Ask, twin: RedisTwin): Ask {
  const record = (at: string): OnceRecord | undefined => twin.entries.get(at)?.record
  const owned = <T extends { key: string; token: string }>(request: T): T => ({
    ...request,
    token: record(request.key)?.token ?? request.token,
  })
  switch (ask.verb) {
    case 'extend':
      return { verb: 'extend', requests: ask.requests.map(owned) }
    case 'release':
      return { verb: 'release', requests: ask.requests.map(owned) }
    case 'commit':
      return {
        verb: 'commit',
        requests: ask.requests.map((request) => {
          const fence = record(request.key)?.fence
          if (request.expect === undefined || fence === undefined) return owned(request)
          return { ...request, expect: { ...request.expect, fence } }
        }),
      }
    case 'remove':
      return {
        verb: 'remove',
        requests: ask.requests.map((request) => {
          const [at, expected] = request
          const { state, fence } = record(at) ?? {}
          return typeof expected === 'object' && state !== undefined && fence !== undefined
            ? [at, { state, fence }]
            : request
        }),
      }
    default:
      return ask
  }
}

function askStore(ask: Ask): Promise<unknown[]> {
  switch (ask.verb) {
    case 'claim':
      return Promise.all(ask.requests.map((request) => store.claim(request)))
    case 'extend':
      return Promise.all(ask.requests.map((request) => store.extend(request)))
    case 'commit':
      return Promise.all(ask.requests.map((request) => store.commit(request)))
    case 'release':
      return Promise.all(ask.requests.map((request) => store.release(request)))
    case 'touch':
      return Promise.all(ask.requests.map(([at, ms]) => store.touch(at, ms)))
    case 'remove':
      return Promise.all(ask.requests.map(([at, expected]) => store.remove(at, expected)))
    default:
      return ask satisfies never
  }
}

/** An answer with all bodies as hex, so that text and bytes compare. */
// oxlint-disable-next-line typescript/no-explicit-any -- every shape of answer, compared as data
function plain(value: unknown): any {
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, part]: [string, unknown]) => {
    if (name === 'body') return [name, hex(part)]
    if (name === 'record') return [name, plain(decodeRecord(encodeRecord(part as never)))]
    return [name, plain(part)]
  })
  return Object.fromEntries(entries)
}

/** A large record is fetched after the claim has set its flag, so the answer shows it already. */
function withoutLateFlag(answer: { record?: { body: string } }): unknown {
  if (answer.record === undefined || !/^6\d{4} bytes/.test(answer.record.body)) return answer
  return { ...answer, record: { ...answer.record, waiters: false } }
}

function grow<T>(value: T): T {
  const grown = JSON.stringify(value, (_name, part: unknown) => {
    const [, unit, times] = typeof part === 'string' ? (/^(.)\*(\d+)$/.exec(part) ?? []) : []
    if (unit !== undefined) return unit.repeat(Number(times))
    return part instanceof Uint8Array ? { bytes: [...part] } : part
  })
  return JSON.parse(grown, (_name, part: { bytes?: number[] } | null) =>
    part?.bytes === undefined ? part : Uint8Array.from(part.bytes),
  ) as T
}

function describe(answer: unknown): string {
  if (typeof answer === 'string') return answer
  const told = answer as {
    status: string
    takeover?: boolean
    progress?: unknown
    record?: { state: string }
  }
  if (told.status === 'claimed') {
    if (told.progress !== undefined) return 'claimed, progress'
    return told.takeover === true ? 'claimed, takeover' : 'claimed'
  }
  return told.status === 'done' ? `done ${told.record?.state}` : told.status
}

function wakeups(reply: RedisReply): [string, string][] {
  const flat = Array.isArray(reply) ? (reply as Buffer[]) : []
  const pairs: [string, string][] = []
  for (let at = 0; at < flat.length; at += 2) pairs.push([String(flat[at]), hex(flat[at + 1])])
  return pairs
}

function hex(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  const bytes = Buffer.from(value as string)
  if (bytes.length <= 2048) return bytes.toString('hex')
  return `${bytes.length} bytes ${createHash('sha1').update(bytes).digest('hex')}`
}

function note(seen: Map<string, number>, what: string): void {
  seen.set(what, (seen.get(what) ?? 0) + 1)
}

function several<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.tuple(one).map(([item]) => [item]) },
    { weight: 1, arbitrary: fc.array(one, { minLength: 2, maxLength: 8 }) },
  )
}

/** Optional fields are absent rather than `undefined`, as the types say. */
function withoutUndefined<T extends object>(
  value: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}

/** Two keys that share a bucket, and with it a fence. */
function sameBucketPair(): readonly [string, string] {
  const first = storageKey('twin', 'a')
  for (let n = 0; n < BUCKETS * 20; n++) {
    const second = storageKey('twin', `b${n}`)
    if (fenceKey(second) === fenceKey(first)) return [first, second]
  }
  throw new Error('no second key in the bucket')
}
