import fc from 'fast-check'

import type { FinalOutcome, RemoveExpectation } from '../../store.ts'
import type { Ask, Knowledge } from './ask.ts'

/** One thing that happens in a run. Keys are names, of {@link KEY_NAMES}. */
export type Step =
  /**
   * In one tick, and in which order a store does them is its own affair: about a key each, or claims of one key that differ in their
   * tokens alone.
   */
  | { readonly do: 'ask'; readonly asks: readonly Sent[] }
  | { readonly do: 'pass'; readonly ms: number }
  /** Lets time pass until the next lease or record ends, or 1 ms less or more. */
  | { readonly do: 'pass to an end'; readonly of: 'lease' | 'record'; readonly plusMs: number }

export interface Sent {
  readonly ask: Ask
  readonly knowledge: Knowledge
  /** Modulo how many there are. */
  readonly connection: number
}

/** The first three are of one bucket, so they share a fence whichever the store's rule. */
export const KEY_NAMES: readonly string[] = ['a', 'a320', 'a652', 'b', 'ключ \u{1F511}']

// One key is asked about so often that much happens to it.
const key = fc.constantFrom(...KEY_NAMES, ...Array<string>(5).fill('a'))
const connection = fc.nat({ max: 11 })
const token = fc.constantFrom('1'.repeat(32), '2'.repeat(32), 'fe'.repeat(16))
const fingerprint = fc.constantFrom('', '', 'cd'.repeat(16), 'ef'.repeat(16))
const leaseMs = fc.constantFrom(100, 400)
// The longest in ms needs more than 31 bits.
const ttlMs = fc.constantFrom(50, 1000, 3_000_000_000)
const text = fc.constantFrom(
  '',
  '{"host":"a"}',
  '{"ключ":"\u{1F511}\\u0000"}',
  `"${'m'.repeat(900)}"`,
)
const body = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('', '[1]', 'é'.repeat(100), 'b'.repeat(5000)) },
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constant('L'.repeat(70_000)) },
)
const codec = fc.constantFrom(0, 1, 2, 15, 255)
const progress = fc.record({ codec, body })
const finalState = fc.constantFrom<FinalOutcome['state']>('succeeded', 'failed')
const state = fc.oneof(finalState, fc.constant('indeterminate' as const))
const expected: fc.Arbitrary<RemoveExpectation> = fc.oneof(
  fc.constant('idle' as const),
  fc.record({
    state: fc.constantFrom('executing', 'succeeded', 'indeterminate', 'released'),
    fence: fc.constant(1),
  }),
)

const claim = fc
  .record({
    key,
    token,
    fingerprint,
    leaseMs,
    ttlMs,
    holder: text,
    wait: fc.boolean(),
    attemptLimit: fc.constantFrom(0, 0, 0, 1, 2, 70_000),
    outcome: maybe(fc.record({ state: finalState, codec, body }), 1),
  })
  .map((request): Ask => ({ verb: 'claim', request: withoutUndefined(request) }))

const extend = fc
  .record({
    key,
    token,
    leaseMs,
    ttlMs,
    patch: maybe(
      fc
        .record({ effect: maybe(fc.constant(true as const), 1), progress: maybe(progress, 15) })
        .map(withoutUndefined),
    ),
  })
  .map((request): Ask => ({ verb: 'extend', request: withoutUndefined(request) }))

const commit = fc
  .record({
    key,
    token,
    outcome: fc.record({ state, codec, body }),
    ttlMs,
    meta: text,
    expect: maybe(
      fc.record({ state: fc.constant('indeterminate' as const), fence: fc.constant(1) }),
      2,
    ),
  })
  .map((request): Ask => ({ verb: 'commit', request: withoutUndefined(request) }))

const release = fc
  .record({ key, token, keep: maybe(fc.record({ ttlMs, meta: text })) })
  .map((request): Ask => ({ verb: 'release', request: withoutUndefined(request) }))

const touch = fc.record({ key, ttlMs }).map((request): Ask => ({ verb: 'touch', request }))

const remove = fc
  .record({ key, expect: maybe(expected, 12) })
  .map((request): Ask => ({ verb: 'remove', request: withoutUndefined(request) }))

const read = key.map((name): Ask => ({ verb: 'read', request: { key: name } }))

const weighted = [
  { weight: 8, arbitrary: claim },
  { weight: 8, arbitrary: extend },
  { weight: 4, arbitrary: commit },
  { weight: 3, arbitrary: release },
  { weight: 2, arbitrary: touch },
  { weight: 4, arbitrary: remove },
  { weight: 1, arbitrary: read },
]
const anyAsk = fc.oneof(...weighted)
const anyAsks = fc.oneof(
  { weight: 60, arbitrary: sent(anyAsk).map((one) => [one]) },
  { weight: 10, arbitrary: ofDifferentKeys(sent(anyAsk)) },
  { weight: 6, arbitrary: race(sent(claim)) },
  // A store sends together what is of one verb.
  ...weighted.map(({ weight, arbitrary }) => ({
    weight,
    arbitrary: ofDifferentKeys(sent(arbitrary)),
  })),
)

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: anyAsks.map((asks) => ({ do: 'ask' as const, asks })) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 99, 1000, 3_600_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass to an end' as const),
      of: fc.constantFrom('lease' as const, 'lease' as const, 'lease' as const, 'record' as const),
      plusMs: fc.constantFrom(-1, 0, 1),
    }),
  },
)

/** What happens in a run. Without a bias to short ones, which find little. */
export const anySteps: fc.Arbitrary<Step[]> = fc.noBias(
  fc.array(anyStep, { minLength: 1, maxLength: 80, size: 'max' }),
)

function sent(ask: fc.Arbitrary<Ask>): fc.Arbitrary<Sent> {
  const knowledge = fc.constantFrom<Knowledge>(
    ...(['nothing', 'all', 'all', 'all', 'all but the fence', 'all but the state'] as const),
  )
  return fc.record({ ask, knowledge, connection })
}

function ofDifferentKeys(one: fc.Arbitrary<Sent>): fc.Arbitrary<Sent[]> {
  return fc.uniqueArray(one, {
    minLength: 2,
    maxLength: KEY_NAMES.length,
    size: 'max',
    selector: ({ ask }) => ask.request.key,
  })
}

/** Claims of one key, with tokens that nobody else has. */
function race(one: fc.Arbitrary<Sent>): fc.Arbitrary<Sent[]> {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })
  const runner = fc.record({ newToken: fc.noShrink(bytes), connection })
  return fc
    .tuple(one, fc.array(runner, { minLength: 2, maxLength: 4 }))
    .map(([{ ask, knowledge }, runners]) =>
      runners.map(({ newToken, connection: over }) => ({
        ask: {
          ...ask,
          request: { ...ask.request, token: Buffer.from(newToken).toString('hex') },
        } as Ask,
        knowledge,
        connection: over,
      })),
    )
}

/** `weight` times in `weight` + 3; otherwise nothing. */
function maybe<T>(value: fc.Arbitrary<T>, weight = 6): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight, arbitrary: value })
}

/** Optional fields are absent rather than `undefined`, as the types say. */
function withoutUndefined<T extends object>(
  value: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}
