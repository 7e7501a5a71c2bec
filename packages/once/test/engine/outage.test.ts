import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { systemClock } from '@oncekit/core'
import type { Clock } from '@oncekit/core'
import { MemoryOnceStore, Once, OnceError, isOnceError } from '@oncekit/once'
import { expect, test } from 'vitest'

import { StoreOverloadedError } from '../../src/errors.ts'
import { endingOf } from './support/ending.ts'
import type { Ending } from './support/ending.ts'
import { FaultyStore } from './support/faulty-store.ts'
import { Gate } from './support/gate.ts'
import { ProcessClock } from './support/process-clock.ts'
import { LEASE_MS, Rig, STORE_TIMEOUT_MS } from './support/rig.ts'

const outages = ['refused', 'hangs', 'answer lost', 'mute'] as const

test.for(outages)(
  'I28 while the store is %s nothing starts, and every call ends in storeTimeout',
  async (fault) => {
    await using rig = new Rig()
    const service = await rig.process()
    const { once, faults } = service
    faults.failAll(fault)
    let starts = 0
    const calls = ['a', 'b', 'b'].map((key) =>
      endingOf(
        once.execute(key, () => {
          starts++
        }),
      ),
    )
    const reads = [
      once.get('a'),
      once.check('a'),
      once.exists('a'),
      once.clear('a'),
      once.clearByPrefix(''),
      once.list().next(),
    ].map((call) => endingOf<unknown>(call))
    await rig.clock.advance(STORE_TIMEOUT_MS)
    const ends: Ending<unknown>[] = [...calls, ...reads]
    for (const { state, code, error } of ends) {
      expect({ state, code }).toEqual({ state: 'rejected', code: 'ONCE_STORE_UNAVAILABLE' })
      expect(error).toMatchObject({ retryable: true })
    }
    expect(starts).toBe(0)
    faults.heal()
    expect(await service.ended('unavailable')).toBe(3)
  },
)

test('I28 health tells that the store is away, and does not fail itself', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.failAll('hangs')
  const health = endingOf(once.health())
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(health).toMatchObject({ state: 'resolved', value: { status: 'unhealthy' } })
})

test('I28 a short outage within storeTimeout is not noticed', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.fail('claim', 'refused', 2)
  const call = endingOf(once.execute('key', () => 'done'))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(call).toMatchObject({ state: 'resolved', value: 'done' })
})

test.for(outages)(
  'I28 onStoreError run: while the store is %s the callback runs, says so and is counted',
  async (fault) => {
    await using rig = new Rig()
    const service = await rig.process({ onStoreError: 'run' })
    const { once, faults } = service
    faults.failAll(fault)
    const seen: unknown[] = []
    const call = endingOf(
      once.executeOutcome('key', (run) => {
        seen.push([run.protected, run.fence, run.attempt])
        return 'unprotected'
      }),
    )
    await rig.clock.advance(STORE_TIMEOUT_MS)
    expect(call).toMatchObject({
      state: 'resolved',
      value: { value: 'unprotected', protected: false, replayed: false },
    })
    expect(seen).toEqual([[false, 0, 1]])
    expect(service.said('degraded')).toBe(true)
    faults.heal()
    expect(await service.ended('unprotected')).toBe(1)
  },
)

test('I28 without the store the callers of one process still share one run', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process({ onStoreError: 'run' })
  faults.failAll('refused')
  const gate = new Gate()
  const calls = [1, 2, 3].map(() => endingOf(once.executeOutcome('key', gate.pass)))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  gate.open('done')
  await rig.settle()
  expect(gate.calls).toBe(1)
  expect(calls.map(({ value }) => value?.protected)).toEqual([false, false, false])
})

test('I28 nobody runs without protection once another run was seen', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const other = await rig.process({ onStoreError: 'run', waitTimeout: '1h' })
  const gate = new Gate()
  const first = owner.once.execute('key', gate.pass)
  await gate.entered()
  let ran = false
  const second = endingOf(
    other.once.execute('key', () => {
      ran = true
    }),
  )
  await rig.settle()
  other.faults.failAll('hangs')
  await rig.clock.advance(LEASE_MS)
  expect(second).toMatchObject({ state: 'rejected', code: 'ONCE_STORE_UNAVAILABLE' })
  expect(ran).toBe(false)
  gate.open('done')
  await first
})

test('I28 a caller that waited for a run of its own process does not run without protection beside it', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process({ onStoreError: 'run', waitTimeout: '1h' })
  const gate = new Gate()
  const first = endingOf(once.execute('key', gate.pass))
  await gate.entered()
  let ranBeside = false
  const second = endingOf(
    once.execute('key', () => {
      ranBeside = true
    }),
  )
  faults.failAll('hangs')
  await rig.clock.advance(LEASE_MS + STORE_TIMEOUT_MS * 2)
  expect(ranBeside).toBe(false)
  faults.heal()
  gate.open('done')
  await rig.clock.advance(LEASE_MS)
  expect(first.state).not.toBe('pending')
  expect(second.state).not.toBe('pending')
})

test('I28 a call ends in storeTimeout also where every timer comes late', async () => {
  await using rig = new Rig()
  const lateMs = 80
  const sluggish: Clock = {
    now: () => rig.clock.now(),
    monotonic: () => rig.clock.monotonic(),
    setTimeout: (callback, delayMs) => rig.clock.setTimeout(callback, delayMs + lateMs),
  }
  const store = new FaultyStore(rig.store, sluggish)
  const once = await Once.create(
    { ...Once.defaultConfig('test'), lease: LEASE_MS, storeTimeout: STORE_TIMEOUT_MS },
    { store, clock: sluggish },
  )
  store.failAll('hangs')
  const call = endingOf(once.execute('key', () => 'never'))
  await rig.clock.advance(STORE_TIMEOUT_MS + lateMs * 3)
  const { state, code } = call
  const closed = once.close()
  await rig.clock.advance(5_000)
  await closed
  expect({ state, code }).toEqual({ state: 'rejected', code: 'ONCE_STORE_UNAVAILABLE' })
})

test('I28 a caller that must not run without protection is not given the outcome of a run without it', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.failAll('refused')
  const gate = new Gate()
  const careless = endingOf(once.executeOutcome('key', gate.pass, { onStoreError: 'run' }))
  const early = endingOf(once.execute('key', gate.pass, { onStoreError: 'fail' }))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  const late = endingOf(once.execute('key', gate.pass, { onStoreError: 'fail' }))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  gate.open('unprotected')
  await rig.settle()
  expect(careless).toMatchObject({ state: 'resolved', value: { protected: false } })
  expect(early.code).toBe('ONCE_STORE_UNAVAILABLE')
  expect(late.code).toBe('ONCE_STORE_UNAVAILABLE')
})

test('I28 the error of a callback that ran without protection is passed on untouched', async () => {
  await using rig = new Rig()
  const service = await rig.process({ onStoreError: 'run' })
  const { once, faults } = service
  faults.failAll('refused')
  const failure = Object.freeze(new Error('declined'))
  const call = endingOf(once.execute('key', () => Promise.reject(failure)))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(call.error).toBe(failure)
  faults.heal()
  expect(await service.ended('failed')).toBe(1)
})

test('I28 an outage during the run that is over before its end is not noticed', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process({ onStoreError: 'run' })
  const gate = new Gate()
  const call = once.executeOutcome('key', gate.pass)
  await gate.entered()
  faults.failAll('hangs')
  await rig.clock.advance(LEASE_MS / 2)
  faults.heal()
  await rig.clock.advance(LEASE_MS)
  gate.open('done')
  await expect(call).resolves.toMatchObject({ value: 'done', protected: true, leaseLost: false })
})

test('I28 a store that is full is no outage: the callback does not run without protection', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process({ onStoreError: 'run' })
  let ran = false
  faults.claim = () => Promise.reject(new OnceError('ONCE_STORE_FULL', 'full'))
  const call = endingOf(
    once.execute('key', () => {
      ran = true
    }),
  )
  await rig.settle()
  expect(call).toMatchObject({ state: 'rejected', code: 'ONCE_STORE_FULL' })
  expect(ran).toBe(false)
})

test('I28 a store that has too much to do is not asked again by a claim, nor run without; an outcome insists', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process({ onStoreError: 'run' })
  const overloaded = (): Promise<never> => Promise.reject(new StoreOverloadedError('too much'))
  const [claim, commit] = [faults.claim.bind(faults), faults.commit.bind(faults)]
  let starts = 0
  const work = (): number => ++starts
  faults.claim = overloaded
  const refused = endingOf(once.execute('key', work))
  // No time passes.
  await rig.settle()
  expect(refused).toMatchObject({ state: 'rejected', code: 'ONCE_STORE_UNAVAILABLE' })
  expect(starts).toBe(0)
  expect(faults.asked.get('release') ?? 0).toBe(0)
  faults.claim = claim
  faults.commit = overloaded
  const call = endingOf(once.execute('key', work))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  faults.commit = commit
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(call).toMatchObject({ state: 'resolved', value: 1 })
})

test('I28 what a driver throws becomes ONCE_STORE_UNAVAILABLE with the driver error as its cause', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  const cause = new Error('ECONNRESET')
  faults.claim = () => Promise.reject(cause)
  faults.read = () => {
    throw cause
  }
  const calls = [endingOf(once.execute('key', () => 'never')), endingOf(once.get('key'))]
  await rig.clock.advance(STORE_TIMEOUT_MS)
  for (const call of calls)
    expect(call.error).toMatchObject({ code: 'ONCE_STORE_UNAVAILABLE', cause })
})

test('I32 a record that cannot be read is an error, never a miss', async () => {
  await using rig = new Rig()
  const service = await rig.process({ onStoreError: 'run' })
  const { once, faults } = service
  let ran = false
  faults.claim = () => Promise.reject(new OnceError('ONCE_RECORD_UNREADABLE', 'version 9'))
  const call = endingOf(
    once.execute('key', () => {
      ran = true
    }),
  )
  await rig.settle()
  expect(call).toMatchObject({ state: 'rejected', code: 'ONCE_RECORD_UNREADABLE' })
  expect(ran).toBe(false)
  expect(await service.ended('rejected')).toBe(1)
})

test('I26 ten thousand calls against a store that hangs all end, and leave nothing behind', async () => {
  const clock = new ProcessClock(systemClock)
  const store = new FaultyStore(new MemoryOnceStore(), clock)
  store.failAll('hangs')
  const config = { ...Once.defaultConfig('test'), lease: 1_000, storeTimeout: 200, drainTimeout: 0 }
  const once = await Once.create(config, { store, clock })
  const collect = garbageCollector()
  collect()
  const before = process.memoryUsage().heapUsed
  const codes = new Map<unknown, number>()
  const calls = Array.from({ length: 10_000 }, (_, index) =>
    once
      .execute(`key ${index}`, () => 'never')
      .catch((error: unknown) => {
        const code = isOnceError(error) ? error.code : error
        codes.set(code, (codes.get(code) ?? 0) + 1)
      }),
  )
  await Promise.all(calls)
  expect([...codes]).toEqual([['ONCE_STORE_UNAVAILABLE', 10_000]])
  calls.length = 0
  await once.close()
  // What is on its way after close ends within one more storeTimeout.
  await expect.poll(() => clock.pending).toBe(0)
  collect()
  const perCall = (process.memoryUsage().heapUsed - before) / 10_000
  // A call that ended holds nothing; a live one is several KB.
  expect(perCall).toBeLessThan(500)
})

test('I26 of calls that a store gave no answer, no more than a thousand are still to be released', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.failAll('hangs')
  const calls = Array.from({ length: 1_001 }, (_, index) =>
    endingOf(once.execute(`key ${index}`, () => 'never')),
  )
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(calls.every(({ code }) => code === 'ONCE_STORE_UNAVAILABLE')).toBe(true)
  expect(faults.times('release')).toBe(1_000)
})

/** The collector of this process, which needs no flag on the command line this way. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
