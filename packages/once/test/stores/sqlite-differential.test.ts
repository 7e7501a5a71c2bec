import { ManualClock } from '@oncekit/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { OnceStore } from '@oncekit/once'
import { MemoryOnceStore } from '../../src/stores/memory.ts'
import { SqliteFile } from './sqlite-file.ts'
import { keyOf } from './sqlite-requests.ts'

test('whatever two processes ask in whatever order, SQLite answers and keeps what the model does', async () => {
  const seed = Number(process.env['ONCEKIT_SEED'] ?? Date.now() % 2 ** 31)
  expect(await play({ ...runs(300), seed })).toContain('claim claimed')
})

test('what is asked reaches every answer there is', async () => {
  // A generator that never reaches a branch proves nothing about it. One seed: it must be no matter of luck.
  const seen = await play({ ...runs(400), seed: 3 })
  expect([...seen].toSorted()).toEqual([...EVERY_ANSWER].toSorted())
})

function runs(usual: number): { readonly numRuns: number } {
  return { numRuns: Number(process.env['ONCEKIT_DIFFERENTIAL_RUNS'] ?? usual) }
}

/** Gives the answers that were seen. A failure prints the seed. */
async function play(parameters: {
  readonly numRuns: number
  readonly seed: number
}): Promise<ReadonlySet<string>> {
  await using file = await SqliteFile.create()
  const clock = new ManualClock()
  const hostClock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    bootId: 'one boot',
  }
  const options = { clock: hostClock, synchronous: 'normal' as const }
  const stores = [await file.open(options), await file.open(options)]
  await using model = new MemoryOnceStore({ clock, maxEntries: 1_000_000 })
  const seen = new Set<string>()
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 25 }), async (steps) => {
      run += 1
      for (const step of steps) {
        if (step.verb === 'advance') {
          await clock.advance(step.ms)
          continue
        }
        const key = keyOf(`${run}:${step.key}`)
        const expected = await ask(model, key, step)
        const answer = await ask(stores[step.store], key, step)
        seen.add(`${step.verb} ${nameOf(answer)}`)
        expect(plain(answer)).toEqual(plain(expected))
        for (const store of stores)
          expect(plain(await store.read(key))).toEqual(plain(await model.read(key)))
      }
    }),
    parameters,
  )
  return seen
}

const EVERY_ANSWER: readonly string[] = [
  ...['claim claimed', 'claim executing', 'claim done', 'claim mismatch'],
  ...['extend extended', 'extend settled', 'extend lost', 'commit committed', 'commit lost'],
  ...['release released', 'release lost', 'remove removed', 'remove none', 'remove executing'],
  ...['remove indeterminate', 'touch touched', 'touch none', 'touch executing'],
]

const LEASE_MS = 100
const TTL_MS = 1000

const place = {
  store: fc.constantFrom(0, 1),
  key: fc.constantFrom('a', 'b'),
  token: fc.constantFrom('1'.repeat(32), 'f'.repeat(32)),
}

const anyStep = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      verb: fc.constant('claim' as const),
      ...place,
      fingerprint: fc.constantFrom('', 'cd'.repeat(16), 'ef'.repeat(16)),
      wait: fc.boolean(),
      attemptLimit: fc.constantFrom(0, 0, 2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant('extend' as const),
      ...place,
      effect: fc.constantFrom(false, false, true),
      progress: fc.constantFrom(undefined, '["é"]'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      verb: fc.constant('commit' as const),
      ...place,
      state: fc.constantFrom('succeeded' as const, 'failed' as const, 'indeterminate' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ verb: fc.constant('release' as const), ...place, keep: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ verb: fc.constant('remove' as const), ...place, idle: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('touch' as const), ...place }) },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constant('advance' as const),
      ms: fc.constantFrom(1, LEASE_MS - 1, LEASE_MS, TTL_MS),
    }),
  },
)

type Step = Exclude<typeof anyStep extends fc.Arbitrary<infer S> ? S : never, { verb: 'advance' }>

async function ask(store: OnceStore | undefined, key: string, step: Step): Promise<unknown> {
  if (store === undefined) throw new RangeError('no such store')
  const owner = { key, token: step.token }
  const times = { leaseMs: LEASE_MS, ttlMs: TTL_MS }
  switch (step.verb) {
    case 'claim': {
      const { fingerprint, wait, attemptLimit } = step
      return store.claim({ ...owner, ...times, fingerprint, wait, attemptLimit, holder: '{}' })
    }
    case 'extend': {
      const progress =
        step.progress === undefined ? {} : { progress: { codec: 1, body: step.progress } }
      const effect = step.effect ? { effect: true as const } : {}
      return store.extend({ ...owner, ...times, patch: { ...progress, ...effect } })
    }
    case 'commit': {
      const outcome = { state: step.state, codec: 1, body: '"value"' }
      return store.commit({ ...owner, outcome, ttlMs: TTL_MS, meta: '{}' })
    }
    case 'release':
      return store.release({
        ...owner,
        ...(step.keep ? { keep: { ttlMs: TTL_MS, meta: '' } } : {}),
      })
    case 'remove':
      return store.remove(key, step.idle ? 'idle' : undefined)
    case 'touch':
      return store.touch(key, TTL_MS * 2)
    default:
      return step satisfies never
  }
}

function nameOf(answer: unknown): string {
  return typeof answer === 'object' && answer !== null && 'status' in answer
    ? String(answer.status)
    : String(answer)
}

/** Bodies as text, which a store may give back as bytes. */
function plain(answer: unknown): unknown {
  if (answer instanceof Uint8Array) return Buffer.from(answer).toString()
  if (typeof answer !== 'object' || answer === null) return answer
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, plain(value)]))
}
