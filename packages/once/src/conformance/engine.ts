import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, test } from 'vitest'

import { OnceError } from '../errors.ts'
import { Once } from '../once.ts'
import type { OnceConfig } from '../config.ts'
import type { CommitAnswer, OnceStore } from '../store.ts'
import type { Run } from '../types.ts'
import { withDefaults } from './traits.ts'
import type { ConformanceTraits, OpenStore } from './traits.ts'
import { Trial } from './trial.ts'

/**
 * Proves what `once` promises its callers, on a store, as tests of vitest.
 *
 * `open` is what `storeConformance` takes. Time is real, so the store's clock must not be injected. Several providers stand for
 * several processes: each has a connection of its own where the store has `another()`.
 *
 * @example
 * ```ts
 * import { MemoryOnceStore } from '@oncekit/once'
 * import { onceConformance } from '@oncekit/once/conformance'
 *
 * onceConformance('memory', async () => ({ store: new MemoryOnceStore() }))
 * ```
 */
export function onceConformance(
  name: string,
  open: OpenStore,
  traits: ConformanceTraits = {},
): void {
  const known = withDefaults(traits)
  if (known.clock === 'injected')
    throw new Error('onceConformance waits for real time: open a store with a real clock')

  describe(`once on ${name}`, () => {
    for (const [topic, promises] of TOPICS) {
      describe(topic, () => {
        for (const [sentence, keep] of promises) {
          test(sentence, { timeout: 30_000, concurrent: true }, async () => {
            await using trial = await Trial.open(open, known)
            await using fleet = new Fleet(trial)
            await keep(fleet)
          })
        }
      })
    }
  })
}

type EnginePromise = readonly [sentence: string, keep: (fleet: Fleet) => Promise<void>]

/** For hundreds of calls at once, each of which may be a write to a slow disk. */
const UNHURRIED: Partial<OnceConfig> = { lease: '30s', storeTimeout: '9s', waitTimeout: '20s' }
/** After the end of a dead owner's lease its key is taken no later than this. */
const INHERITANCE_MS = 1_000

const running: readonly EnginePromise[] = [
  [
    'I1 I2 I5 runs once for a hundred callers of four processes, and gives each the same value',
    async (fleet) => {
      const providers = await fleet.providers(4)
      let runs = 0
      const callback = async (): Promise<Answer> => {
        runs++
        await sleep(30)
        return answer()
      }
      const values = await Promise.all(
        providers.flatMap((once) =>
          Array.from({ length: 25 }, () => once.execute('key', callback)),
        ),
      )
      expect(runs).toBe(1)
      expect(values).toHaveLength(100)
      for (const value of values) expect(value).toStrictEqual(answer())
    },
  ],
  [
    'I1 I5 runs each of many keys once, though every process wants each of them',
    async (fleet) => {
      const providers = await fleet.providers(3, UNHURRIED)
      const runs = new Map<string, number>()
      const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`)
      const values = await Promise.all(
        providers.flatMap((once) =>
          keys.map((key) =>
            once.execute(key, () => {
              runs.set(key, (runs.get(key) ?? 0) + 1)
              return key
            }),
          ),
        ),
      )
      expect([...runs.values()]).toEqual(keys.map(() => 1))
      expect(values).toEqual([...keys, ...keys, ...keys])
    },
  ],
  [
    'I4 gives a duplicate nothing while the first one runs, and its outcome afterwards',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const run = await started(first, 'key', () => gate.promise)
      let early = true
      const duplicate = second
        .executeOutcome('key', () => 'second run')
        .then((outcome) => {
          expect(early).toBe(false)
          return outcome
        })
      await sleep(100)
      expect(await second.check('key')).toBe(false)
      early = false
      gate.resolve('done')
      await expect(run.call).resolves.toBe('done')
      await expect(duplicate).resolves.toMatchObject({ value: 'done', replayed: true, attempt: 1 })
    },
  ],
  [
    'I5 runs again after a failure, and only then',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      const failure = new Error('declined')
      await expect(first.execute('key', () => Promise.reject(failure))).rejects.toBe(failure)
      expect(await second.exists('key')).toBe(false)
      await expect(second.execute('key', () => 'done')).resolves.toBe('done')
      await expect(first.execute('key', () => 'third run')).resolves.toBe('done')
    },
  ],
  [
    'I22 tells a callback at once that it asks for its own key',
    async (fleet) => {
      const once = await fleet.provider()
      const inner = await once.execute('key', () =>
        once.execute('key', () => 'never').catch((error: unknown) => codeOf(error)),
      )
      expect(inner).toBe('ONCE_REENTRANT')
    },
  ],
]

const leases: readonly EnginePromise[] = [
  [
    'I5 extends the lease of a callback that takes three of them: it runs once',
    async (fleet) => {
      const [first, second] = await fleet.pair({ waitTimeout: '30s' })
      let runs = 0
      const callback = async (): Promise<string> => {
        runs++
        await sleep(fleet.leaseMs * 3)
        return 'done'
      }
      const values = await Promise.all([
        first.execute('key', callback),
        second.execute('key', callback),
      ])
      expect(values).toEqual(['done', 'done'])
      expect(runs).toBe(1)
    },
  ],
  [
    'I3 I6 lets another run no later than a lease and a second after its owner died, as attempt 2 with a higher fence',
    async (fleet) => {
      const dying = new DyingStore(await fleet.connection())
      const owner = await fleet.provider({}, dying)
      const heir = await fleet.provider({ waitTimeout: '30s' })
      const first = await started(owner, 'key', () => new Promise(() => {}))
      dying.die()
      const diedAtMs = performance.now()
      const runs: Run[] = []
      const outcome = await heir.executeOutcome('key', (run) => {
        runs.push(run)
        return 'heir'
      })
      expect(performance.now() - diedAtMs).toBeLessThan(fleet.leaseMs + INHERITANCE_MS)
      expect(outcome).toMatchObject({ value: 'heir', attempt: 2, replayed: false })
      expect(runs[0]?.fence).toBeGreaterThan(first.run.fence)
      first.call.catch(() => undefined)
    },
  ],
  [
    'I3 I7 refuses the commit of an owner whose key was taken: its caller adopts the outcome of the winner',
    async (fleet) => {
      const [loser, winner] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const lost = await started(loser, 'key', () => gate.promise)
      await winner.clear('key', { force: true })
      await expect(winner.execute('key', () => 'winner')).resolves.toBe('winner')
      gate.resolve('loser')
      await expect(lost.outcome).resolves.toMatchObject({
        value: 'winner',
        replayed: true,
        leaseLost: true,
      })
      expect((await winner.get('key'))?.value).toBe('winner')
    },
  ],
  [
    'I7 tells the run of an owner whose key was taken, at its next extension',
    async (fleet) => {
      const [loser, winner] = await fleet.pair()
      const told = Promise.withResolvers<unknown>()
      const lost = await started(loser, 'key', (run) => {
        run.signal.addEventListener('abort', () => told.resolve(run.signal.reason))
        return told.promise.then(() => 'loser')
      })
      await winner.clear('key', { force: true })
      expect(codeOf(await told.promise)).toBe('ONCE_LEASE_LOST')
      await expect(lost.call).rejects.toMatchObject({ code: 'ONCE_LEASE_LOST' })
    },
  ],
  [
    'I9 writes an outcome again when the answer to its commit was lost, and runs nothing again',
    async (fleet) => {
      const dying = new DyingStore(await fleet.connection())
      const owner = await fleet.provider({}, dying)
      const other = await fleet.provider()
      dying.loseAnswers(2)
      let runs = 0
      const callback = (): string => {
        runs++
        return 'done'
      }
      const outcome = await owner.executeOutcome('key', callback)
      expect(outcome).toMatchObject({ value: 'done', replayed: false, leaseLost: false })
      await expect(other.execute('key', callback)).resolves.toBe('done')
      expect(runs).toBe(1)
    },
  ],
  [
    'I9 tells that nobody knows when no commit was answered, and lets nobody run behind it while the store is told late',
    async (fleet) => {
      const dying = new DyingStore(await fleet.connection())
      const owner = await fleet.provider({}, dying)
      const other = await fleet.provider({ waitTimeout: '30s' })
      dying.refuseCommits()
      const call = owner.execute('key', () => 'done')
      await expect(call).rejects.toMatchObject({ code: 'ONCE_OUTCOME_UNKNOWN', key: 'key' })
      expect(await other.check('key')).toBe(false)
      const duplicate = other.execute('key', () => 'second run')
      dying.recover()
      await expect(duplicate).resolves.toBe('done')
    },
  ],
  [
    'I18 counts leases by the clock of the store: providers a day apart share one run',
    async (fleet) => {
      const early = await fleet.provider({}, undefined, -DAY_MS)
      const late = await fleet.provider({}, undefined, DAY_MS)
      const gate = Promise.withResolvers<string>()
      const first = await started(early, 'key', () => gate.promise)
      const second = late.executeOutcome('key', () => 'second run')
      await sleep(fleet.leaseMs * 1.5)
      gate.resolve('done')
      await expect(first.outcome).resolves.toMatchObject({ value: 'done', leaseLost: false })
      await expect(second).resolves.toMatchObject({ value: 'done', replayed: true })
    },
  ],
]

const waiting: readonly EnginePromise[] = [
  [
    'I20 wakes a waiter of another process soon after the commit, and leaves no listener',
    async (fleet) => {
      const [owner, waiter] = await fleet.pair({ waitTimeout: '30s' })
      const gate = Promise.withResolvers<string>()
      const first = await started(owner, 'key', () => gate.promise)
      const second = waiter.executeOutcome('key', () => 'second run')
      await sleep(200)
      gate.resolve('done')
      await first.call
      const committedAtMs = performance.now()
      await expect(second).resolves.toMatchObject({ value: 'done', replayed: true })
      // The polling floor: sooner with a message, which may be lost.
      expect(performance.now() - committedAtMs).toBeLessThan(1_500)
    },
  ],
  [
    'I20 ends a wait with waitTimeout, and lets the owner go on',
    async (fleet) => {
      const [owner, waiter] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const first = await started(owner, 'key', () => gate.promise)
      await expect(waiter.execute('key', () => 'never', { waitTimeout: 50 })).rejects.toMatchObject(
        {
          code: 'ONCE_WAIT_TIMEOUT',
        },
      )
      gate.resolve('done')
      await expect(first.call).resolves.toBe('done')
    },
  ],
  [
    'I20 lets a waiter leave by its signal',
    async (fleet) => {
      const [owner, waiter] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const first = await started(owner, 'key', () => gate.promise)
      const leaving = new AbortController()
      const reason = new Error('gone')
      const second = waiter.execute('key', () => 'never', { signal: leaving.signal })
      setTimeout(() => leaving.abort(reason), 50)
      await expect(second).rejects.toBe(reason)
      gate.resolve('done')
      await expect(first.call).resolves.toBe('done')
    },
  ],
  [
    'I21 keeps the claim of a run that every caller has left, until it settles',
    async (fleet) => {
      const [owner, other] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const leaving = new AbortController()
      const first = await started(owner, 'key', () => gate.promise, { signal: leaving.signal })
      leaving.abort()
      await expect(first.call).rejects.toMatchObject({ name: 'AbortError' })
      await sleep(fleet.leaseMs * 1.5)
      await expect(
        other.execute('key', () => 'never', { onDuplicate: 'reject' }),
      ).rejects.toMatchObject({
        code: 'ONCE_IN_PROGRESS',
      })
      gate.reject(new Error('stopped'))
      await expect(other.execute('key', () => 'other')).resolves.toBe('other')
    },
  ],
  [
    'runs the callback of a waiter when the owner elsewhere fails',
    async (fleet) => {
      const [owner, waiter] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const first = await started(owner, 'key', () => gate.promise)
      const second = waiter.executeOutcome('key', () => 'its own')
      await sleep(50)
      gate.reject(new Error('declined'))
      await expect(first.call).rejects.toThrow('declined')
      await expect(second).resolves.toMatchObject({ value: 'its own', replayed: false })
    },
  ],
  [
    'tells who runs the key to a caller that would rather not wait',
    async (fleet) => {
      const [owner, other] = await fleet.pair({ serviceName: 'payments' })
      const gate = Promise.withResolvers<string>()
      const first = await started(owner, 'key', () => gate.promise)
      const error = await other
        .execute('key', () => 'never', { onDuplicate: 'reject' })
        .catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        code: 'ONCE_IN_PROGRESS',
        holder: { service: 'payments', pid: process.pid },
      })
      const { retryAfterMs } = error as { retryAfterMs: number }
      expect(retryAfterMs).toBeGreaterThan(0)
      expect(retryAfterMs).toBeLessThanOrEqual(fleet.leaseMs + 20)
      gate.resolve('done')
      await first.call
    },
  ],
]

const payloads: readonly EnginePromise[] = [
  [
    'I10 tells another payload in every state, before anything else, and tells nothing of the first',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const run = await started(first, 'key', () => gate.promise, { payload: { card: 'SECRET' } })
      const mismatch = async (): Promise<void> => {
        const error = await second
          .execute('key', () => 'never', { payload: { card: 'other' }, onDuplicate: 'reject' })
          .catch((thrown: unknown) => thrown)
        expect(codeOf(error)).toBe('ONCE_MISMATCH')
        expect(String(error)).not.toContain('SECRET')
      }
      await mismatch()
      gate.resolve('done')
      await run.call
      await mismatch()
      await expect(
        second.execute('key', () => 'never', { payload: { card: 'SECRET' } }),
      ).resolves.toBe('done')
    },
  ],
  [
    'I11 takes key, payload and options as they were when the call was made',
    async (fleet) => {
      const once = await fleet.provider()
      const payload = { amount: 1 }
      const options = { payload, ttl: 60_000 }
      const call = once.execute('key', () => 'done', options)
      payload.amount = 2
      options.ttl = 1
      await call
      await expect(once.execute('key', () => 'never', { payload: { amount: 1 } })).resolves.toBe(
        'done',
      )
      expect((await once.get('key'))?.ttlMs).toBeGreaterThan(1_000)
    },
  ],
]

const values: readonly EnginePromise[] = [
  [
    'I12 I14 gives the same value, of the same types, to the first caller and to every other',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      for (const [index, value] of VALUES.entries()) {
        const key = `value ${index}`
        expect(await first.execute(key, () => value)).toStrictEqual(value)
        expect(await second.execute<unknown>(key, () => 'second run')).toStrictEqual(value)
      }
    },
  ],
  [
    'I12 never runs again what gave a value that cannot be kept',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      const made = (): string => 'a function'
      expect(await first.execute('key', () => made)).toBe(made)
      await expect(second.execute('key', () => 'second run')).rejects.toMatchObject({
        code: 'ONCE_RESULT_UNAVAILABLE',
      })
      expect(await second.get('key')).toMatchObject({
        state: 'succeeded',
        resultUnavailable: expect.any(String),
      })
    },
  ],
  [
    'I13 never runs again what gave a value over maxResultBytes, and keeps one just below',
    async (fleet) => {
      const [first, second] = await fleet.pair({ maxResultBytes: 200_000 })
      const large = 'x'.repeat(199_998)
      expect(await first.execute('large', () => large)).toBe(large)
      expect(await second.execute('large', () => 'second run')).toBe(large)
      expect(await first.execute('too large', () => `${large}x`)).toHaveLength(199_999)
      await expect(second.execute('too large', () => 'second run')).rejects.toMatchObject({
        code: 'ONCE_RESULT_UNAVAILABLE',
      })
    },
  ],
  [
    'I15 keeps an outcome for the ttl of the caller that ran it, from completion',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      await first.execute('key', () => sleep(200).then(() => 'done'), { ttl: 1_000 })
      await second.execute('key', () => 'never', { ttl: '1h' })
      const left = (await second.get('key'))?.ttlMs
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThanOrEqual(1_000)
      while (await second.exists('key')) await sleep(20)
      await expect(second.execute('key', () => 'new')).resolves.toBe('new')
    },
  ],
]

const clearing: readonly EnginePromise[] = [
  [
    'I16 refuses to clear what is executing, unless forced',
    async (fleet) => {
      const [owner, other] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const first = await started(owner, 'key', () => gate.promise)
      await expect(other.clear('key')).rejects.toMatchObject({ code: 'ONCE_IN_PROGRESS' })
      expect([await other.exists('key'), await other.check('key')]).toEqual([true, false])
      expect(await other.get('key')).toMatchObject({ state: 'executing', attempt: 1 })
      gate.resolve('done')
      await first.call
      expect(await other.clear('key')).toBe(true)
      expect(await other.clear('key')).toBe(false)
      await expect(owner.execute('key', () => 'new')).resolves.toBe('new')
    },
  ],
  [
    'I17 clears by a prefix taken literally, and leaves what is executing',
    async (fleet) => {
      const [once, other] = await fleet.pair()
      const odd = ['%', '_', '*', '?', '[', '{', '\\', '🔑']
      for (const prefix of odd) await once.do(`${prefix}1`, () => undefined)
      for (const prefix of odd) {
        expect(await other.clearByPrefix(prefix)).toEqual({ cleared: 1, skippedExecuting: 0 })
      }
      await once.do('job:1', () => undefined)
      await once.do('jobs', () => undefined)
      const gate = Promise.withResolvers<string>()
      const first = await started(once, 'job:2', () => gate.promise)
      expect(await other.clearByPrefix('job:')).toEqual({ cleared: 1, skippedExecuting: 1 })
      expect(await other.check('jobs')).toBe(true)
      gate.resolve('done')
      await first.call
    },
  ],
  [
    'I17 clears hundreds of keys, all of them and no other',
    async (fleet) => {
      const [once, other] = await fleet.pair(UNHURRIED)
      const keys = Array.from({ length: 600 }, (_, index) => `bulk:${index}`)
      await Promise.all(keys.map((key) => once.do(key, () => undefined)))
      await once.do('kept', () => undefined)
      expect(await other.clearByPrefix('bulk:')).toEqual({ cleared: 600, skippedExecuting: 0 })
      const left: string[] = []
      for await (const { key } of other.list()) left.push(key)
      expect(left).toEqual(['kept'])
    },
  ],
  [
    'I25 keeps odd keys and prefixes apart',
    async (fleet) => {
      const prefixes = ['p', 'p:1', 'p}', '{p', 'P', 'p%']
      const providers = await Promise.all(
        prefixes.map((suffix) => fleet.provider({ prefix: `${fleet.prefix.slice(-40)}${suffix}` })),
      )
      const keys = [
        'a',
        'A',
        ':a',
        'a ',
        'a\u0000',
        'é',
        'e\u0301',
        '🔑',
        'x'.repeat(255),
        '__proto__',
      ]
      for (const [index, once] of providers.entries()) {
        for (const key of keys) {
          await expect(once.execute(key, () => `${index} ${key}`)).resolves.toBe(`${index} ${key}`)
        }
      }
      await providers[0]?.clearByPrefix('')
      for (const [index, once] of providers.entries()) expect(await once.check('a')).toBe(index > 0)
      for (const once of providers) await once.clearByPrefix('')
    },
  ],
]

const ending: readonly EnginePromise[] = [
  [
    'I28 starts nothing while the store is closed, and says so',
    async (fleet) => {
      const connection = await fleet.connection()
      const once = await fleet.provider({}, connection)
      await connection.close()
      let ran = false
      const call = once.execute('key', () => {
        ran = true
      })
      await expect(call).rejects.toMatchObject({
        code: expect.stringMatching(/^ONCE_(CLOSED|STORE_UNAVAILABLE)$/),
      })
      expect(ran).toBe(false)
    },
  ],
  [
    'I28 runs without protection when asked to, and says so',
    async (fleet) => {
      const dying = new DyingStore(await fleet.connection())
      const once = await fleet.provider({ onStoreError: 'run' }, dying)
      dying.die()
      const outcome = await once.executeOutcome('key', (run) => run.fence)
      expect(outcome).toMatchObject({ value: 0, protected: false, replayed: false })
    },
  ],
  [
    'I33 counts every call once',
    async (fleet) => {
      const [first, second] = await fleet.pair({ waitTimeout: 100 })
      const gate = Promise.withResolvers<string>()
      const run = await started(first, 'long', () => gate.promise, { payload: 1 })
      const calls = [
        second.execute('long', () => 'never', { payload: 1 }),
        second.execute('long', () => 'never', { payload: 2 }),
        second.execute('long', () => 'never', { payload: 1, onDuplicate: 'reject' }),
        second.execute('', () => 'never'),
        second.execute('bad', () => Promise.reject(new Error('no'))),
        second.execute('good', () => 'done'),
      ]
      await Promise.allSettled(calls)
      gate.resolve('done')
      await run.call
      await second.execute('long', () => 'never', { payload: 1 })
      const { details } = await second.health()
      const counts = Object.entries(details['operations'] as Record<string, number>)
      expect(Object.fromEntries(counts.filter(([, count]) => count > 0))).toEqual({
        wait_timeout: 1,
        mismatch: 1,
        conflict: 1,
        rejected: 1,
        failed: 1,
        executed: 1,
        replayed: 1,
      })
    },
  ],
  [
    'I34 waits for a running callback when it closes, keeps its outcome, and starts nothing more',
    async (fleet) => {
      const [closing, other] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const run = await started(closing, 'key', () => gate.promise)
      const closed = closing.close()
      await expect(closing.execute('next', () => 'never')).rejects.toMatchObject({
        code: 'ONCE_CLOSED',
      })
      gate.resolve('done')
      await Promise.all([closed, closing.close()])
      await expect(run.call).resolves.toBe('done')
      await expect(other.execute('key', () => 'second run')).resolves.toBe('done')
    },
  ],
  [
    'I34 leaves a callback that will not end to its lease',
    async (fleet) => {
      const closing = await fleet.provider({ drainTimeout: 50 })
      const heir = await fleet.provider({ waitTimeout: '30s' })
      const stuck = await started(closing, 'key', () => new Promise(() => {}))
      await closing.close()
      await expect(stuck.call).rejects.toMatchObject({ code: 'ONCE_CLOSED' })
      const closedAtMs = performance.now()
      await expect(heir.executeOutcome('key', () => 'heir')).resolves.toMatchObject({
        value: 'heir',
        attempt: 2,
      })
      expect(performance.now() - closedAtMs).toBeLessThan(fleet.leaseMs + INHERITANCE_MS)
    },
  ],
]

const TOPICS: readonly (readonly [topic: string, promises: readonly EnginePromise[]])[] = [
  ['an operation', running],
  ['an owner', leases],
  ['a duplicate', waiting],
  ['an argument', payloads],
  ['a value', values],
  ['a clear', clearing],
  ['the edges', ending],
]

/** Providers on one store, each as in a process of its own, closed together. */
class Fleet implements AsyncDisposable {
  /** Long enough for a busy machine to extend in time, short enough to wait for. */
  readonly leaseMs: number
  readonly #trial: Trial
  readonly #providers: Once[] = []

  constructor(trial: Trial) {
    this.#trial = trial
    this.leaseMs = trial.traits.shared === 'process' ? 600 : 900
  }

  get prefix(): string {
    return this.#trial.prefix
  }

  /** A connection of its own, which the trial closes. */
  connection(): Promise<OnceStore> {
    return this.#trial.another()
  }

  async provider(config: Partial<OnceConfig> = {}, store?: OnceStore, skewMs = 0): Promise<Once> {
    const once = await Once.create(
      {
        ...Once.defaultConfig('test'),
        prefix: this.prefix,
        lease: this.leaseMs,
        storeTimeout: Math.floor(this.leaseMs / 3.5),
        ...config,
      },
      {
        store: store ?? (await this.connection()),
        ...(skewMs === 0 ? {} : { clock: skewed(skewMs) }),
      },
    )
    this.#providers.push(once)
    return once
  }

  async providers(count: number, config: Partial<OnceConfig> = {}): Promise<Once[]> {
    return Promise.all(Array.from({ length: count }, () => this.provider(config)))
  }

  async pair(config: Partial<OnceConfig> = {}): Promise<readonly [Once, Once]> {
    return [await this.provider(config), await this.provider(config)]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#providers.map((once) => once.close()))
  }
}

/** A connection that can die, or lose what it is told about commits. */
class DyingStore implements OnceStore {
  readonly #store: OnceStore
  readonly traits: OnceStore['traits']
  readonly address: string
  #dead = false
  #refusesCommits = false
  #answersToLose = 0

  constructor(store: OnceStore) {
    this.#store = store
    this.traits = store.traits
    this.address = store.address
  }

  /** From now on nothing arrives. */
  die(): void {
    this.#dead = true
  }

  loseAnswers(commits: number): void {
    this.#answersToLose = commits
  }

  refuseCommits(): void {
    this.#refusesCommits = true
  }

  recover(): void {
    this.#refusesCommits = false
  }

  claim: OnceStore['claim'] = (request) => this.#pass(() => this.#store.claim(request))
  extend: OnceStore['extend'] = (request) => this.#pass(() => this.#store.extend(request))
  release: OnceStore['release'] = (request) => this.#pass(() => this.#store.release(request))
  read: OnceStore['read'] = (key) => this.#pass(() => this.#store.read(key))
  touch: OnceStore['touch'] = (key, ttlMs) => this.#pass(() => this.#store.touch(key, ttlMs))
  remove: OnceStore['remove'] = (key, expected) =>
    this.#pass(() => this.#store.remove(key, expected))
  scan: OnceStore['scan'] = (request) => this.#pass(() => this.#store.scan(request))
  watch: OnceStore['watch'] = (key, listener) => this.#pass(() => this.#store.watch(key, listener))
  health: OnceStore['health'] = () => this.#store.health()

  commit: OnceStore['commit'] = async (request): Promise<CommitAnswer> => {
    if (this.#refusesCommits) throw unreachable()
    const committed = await this.#pass(() => this.#store.commit(request))
    if (this.#answersToLose-- > 0) throw unreachable()
    return committed
  }

  /** The connection behind it belongs to the trial. */
  close(): Promise<void> {
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #pass<T>(act: () => Promise<T>): Promise<T> {
    return this.#dead ? new Promise(() => {}) : act()
  }
}

function unreachable(): OnceError {
  return new OnceError('ONCE_STORE_UNAVAILABLE', 'the answer was lost')
}

interface Started<T> {
  readonly run: Run
  readonly call: Promise<T>
  readonly outcome: Promise<{
    readonly value: T
    readonly leaseLost: boolean
    readonly replayed: boolean
  }>
}

/** Resolves when the callback has begun. */
async function started<T>(
  once: Once,
  key: string,
  callback: (run: Run) => Promise<T>,
  options: Parameters<Once['execute']>[2] = {},
): Promise<Started<T>> {
  const begun = Promise.withResolvers<Run>()
  const outcome = once.executeOutcome<T>(
    key,
    (run) => {
      begun.resolve(run)
      return callback(run)
    },
    options,
  )
  const call = outcome.then(({ value }) => value)
  // Both are looked at later, if at all.
  outcome.catch(() => undefined)
  call.catch(() => undefined)
  return {
    run: await Promise.race([begun.promise, outcome.then(() => begun.promise)]),
    call,
    outcome,
  }
}

type Clock = NonNullable<NonNullable<Parameters<typeof Once.create>[1]>['clock']>

/** A wall clock that is wrong; timers are right. */
function skewed(byMs: number): Clock {
  return {
    now: () => Date.now() + byMs,
    monotonic: () => performance.now(),
    setTimeout: (callback, delayMs, options) => {
      const timer = setTimeout(callback, Math.max(0, delayMs))
      if (options?.ref === false) timer.unref()
      return { cancel: () => clearTimeout(timer) }
    },
  }
}

interface Answer {
  readonly at: Date
  readonly lines: ReadonlyMap<string, bigint>
  readonly bytes: Buffer
}

function answer(): Answer {
  return { at: new Date(1_234), lines: new Map([['a', 2n ** 70n]]), bytes: Buffer.from([0, 255]) }
}

const VALUES: readonly unknown[] = [
  undefined,
  null,
  '',
  '1',
  0,
  -0,
  Number.NaN,
  false,
  2n ** 70n,
  new Date(1_234),
  new Map([['tags', new Set(['a'])]]),
  Buffer.from([0, 255, 128]),
  new URL('https://example.com/a?b#c'),
  { text: '€ 🔑 \u0000 \\ "', none: undefined, list: [undefined, null] },
  'x'.repeat(100_000),
]

function codeOf(error: unknown): string | undefined {
  return error instanceof OnceError ? error.code : undefined
}

const DAY_MS = 86_400_000
