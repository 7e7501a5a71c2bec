import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'

import { MemoryOnceStore, Once } from '@oncekit/once'
import { expect, test } from 'vitest'

import { endingOf, failureOf } from './support/ending.ts'
import { Gate } from './support/gate.ts'
import { LEASE_MS, Rig, STORE_TIMEOUT_MS } from './support/rig.ts'

test('I34 close waits for a running callback, whose outcome is kept', async () => {
  await using rig = new Rig()
  const { once } = await rig.process({ drainTimeout: 5_000 })
  const gate = new Gate()
  const call = endingOf(once.execute('key', gate.pass))
  await gate.entered()
  const closed = endingOf(once.close())
  await rig.clock.advance(4_000)
  expect(closed.state).toBe('pending')
  gate.open('done')
  await rig.settle()
  expect(closed.state).toBe('resolved')
  expect(call).toMatchObject({ state: 'resolved', value: 'done' })
  expect(await rig.stateOf('key')).toBe('succeeded')
})

test('I34 close tells the runs, extends their leases while it waits, and gives up after drainTimeout', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process({ drainTimeout: LEASE_MS * 2 })
  const gate = new Gate()
  let reason: unknown
  const call = endingOf(
    once.execute('key', (run) => {
      run.signal.addEventListener('abort', () => (reason = run.signal.reason))
      return gate.pass()
    }),
  )
  await gate.entered()
  const closed = endingOf(once.close())
  expect(reason).toMatchObject({ code: 'ONCE_CLOSED' })
  await rig.clock.advance(LEASE_MS * 2 - 1)
  expect(await rig.stateOf('key')).toBe('executing')
  expect(closed.state).toBe('pending')
  await rig.clock.advance(1)
  expect(closed.state).toBe('resolved')
  expect(call).toMatchObject({ state: 'rejected', code: 'ONCE_CLOSED' })
  // The claim is never released under a running callback: its lease lapses.
  expect(faults.times('release')).toBe(0)
  expect(await rig.stateOf('key')).toBe('executing')
  const extended = faults.times('extend')
  await rig.clock.advance(LEASE_MS * 2)
  expect(faults.times('extend')).toBe(extended)
})

test('I34 after close another process runs no later than a lease and a second', async () => {
  await using rig = new Rig()
  const closing = await rig.process({ drainTimeout: 0 })
  const heir = await rig.process({ waitTimeout: '1h' })
  const gate = new Gate()
  endingOf(closing.once.execute('key', gate.pass))
  await gate.entered()
  const inherited = endingOf(heir.once.executeOutcome('key', () => 'heir'))
  const closed = endingOf(closing.once.close())
  await rig.clock.advance(LEASE_MS + 1_000)
  expect(closed.state).toBe('resolved')
  expect(inherited).toMatchObject({ state: 'resolved', value: { value: 'heir', attempt: 2 } })
  gate.open('much too late')
  await rig.settle()
  expect((await heir.once.get('key'))?.value).toBe('heir')
})

test('I34 waiting callers are told at once, and leave nothing behind', async () => {
  await using rig = new Rig()
  const owner = await rig.process({ waitTimeout: '1h' })
  const waiter = await rig.process({ waitTimeout: '1h' })
  const gate = new Gate()
  endingOf(owner.once.execute('key', gate.pass))
  await gate.entered()
  const { signal } = new AbortController()
  const waits = [1, 2, 3].map(() => endingOf(waiter.once.execute('key', gate.pass, { signal })))
  await rig.clock.advance(1_000)
  const closed = endingOf(waiter.once.close())
  await rig.settle()
  expect(closed.state).toBe('resolved')
  expect(waits.map(({ code }) => code)).toEqual(Array(3).fill('ONCE_CLOSED'))
  expect(waiter.faults.watching).toBe(0)
  expect(waiter.clock.pending).toBe(0)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('I34 every call after close is refused with ONCE_CLOSED', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const wrapped = once.wrap(() => 'x', { key: () => 'key' })
  await once.close()
  const calls = [
    () => once.execute('key', () => 1),
    () => once.executeOutcome('key', () => 1),
    () => once.do('key', () => 1),
    () => once.executeSimple('key', () => 1),
    () => wrapped(),
    () => once.get('key'),
    () => once.check('key'),
    () => once.exists('key'),
    () => once.clear('key'),
    () => once.delete('key'),
    () => once.clearByPrefix('k'),
    () => once.list().next(),
    () => once.health(),
  ]
  for (const call of calls) expect(await failureOf(call())).toMatchObject({ code: 'ONCE_CLOSED' })
})

test('I34 several calls of close share one closing', async () => {
  await using rig = new Rig()
  const { once } = await rig.process({ drainTimeout: 1_000 })
  const gate = new Gate()
  endingOf(once.execute('key', gate.pass))
  await gate.entered()
  const closings = [once.close(), once.close(), once.close()].map((closing) => endingOf(closing))
  await rig.clock.advance(999)
  expect(closings.map(({ state }) => state)).toEqual(Array(3).fill('pending'))
  await rig.clock.advance(1)
  expect(closings.map(({ state }) => state)).toEqual(Array(3).fill('resolved'))
  gate.open('late')
})

test('I34 a claim that is on its way when close is called starts no callback, and is given back', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.fail('claim', { answeredAfterMs: 100 })
  let started = false
  const call = endingOf(
    once.execute('key', () => {
      started = true
    }),
  )
  await rig.settle()
  const closed = endingOf(once.close())
  await rig.clock.advance(1_000)
  expect(closed.state).toBe('resolved')
  expect(started).toBe(false)
  expect(call).toMatchObject({ state: 'rejected', code: 'ONCE_CLOSED' })
  expect(await rig.stateOf('key')).toBe('none')
})

test('I34 onStoreError run starts nothing once close was called', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process({ onStoreError: 'run', drainTimeout: 5_000 })
  faults.failAll('hangs')
  let started = false
  const call = endingOf(
    once.execute('key', () => {
      started = true
    }),
  )
  await rig.settle()
  const closed = endingOf(once.close())
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(started).toBe(false)
  expect(call.state).toBe('rejected')
  await rig.clock.advance(10_000)
  expect(closed.state).toBe('resolved')
})

test('I34 close waits for claims that are being given back', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process({ drainTimeout: 5_000 })
  faults.fail('claim', 'mute')
  faults.fail('release', { lateMs: 100 })
  const call = endingOf(once.execute('key', () => 'never'))
  await rig.settle()
  const closed = endingOf(once.close())
  await rig.clock.advance(STORE_TIMEOUT_MS + 50)
  expect(call.state).toBe('rejected')
  // What is given back now could not be given back after the store is closed.
  expect(closed.state).toBe('pending')
  await rig.clock.advance(100)
  expect(closed.state).toBe('resolved')
  expect(await rig.stateOf('key')).toBe('none')
})

test.for(['claim', 'commit', 'release', 'extend'] as const)(
  'I34 a store whose %s hangs does not outlast close: no timer is left',
  async (verb) => {
    await using rig = new Rig()
    const { once, faults, clock } = await rig.process({ drainTimeout: 100 })
    faults.fail(verb, 'hangs')
    const gate = new Gate()
    const calls = [
      endingOf(once.execute('ok', () => 'done')),
      endingOf(once.execute('bad', () => Promise.reject(new Error('no')))),
      endingOf(once.execute('long', gate.pass)),
    ]
    await rig.clock.advance(LEASE_MS / 3 + 10)
    const closed = endingOf(once.close())
    await rig.clock.advance(100)
    expect(closed.state).toBe('resolved')
    expect(calls.map(({ state }) => state)).not.toContain('pending')
    await rig.clock.advance(250)
    expect(clock.pending).toBe(0)
    gate.open('late')
  },
)

test('I34 close is not for the provider alone: an injected store stays open', async () => {
  const store = new MemoryOnceStore()
  const once = await Once.create(Once.defaultConfig('test'), { store })
  await once.do('key', () => undefined)
  await once.close()
  const again = await Once.create(Once.defaultConfig('test'), { store })
  expect(await again.check('key')).toBe(true)
  await again.close()
})

test('I34 close in a callback ends in drainTimeout', async () => {
  await using rig = new Rig()
  const { once } = await rig.process({ drainTimeout: 300 })
  const call = endingOf(once.execute('key', () => once.close()))
  await rig.clock.advance(300)
  expect(call).toMatchObject({ state: 'rejected', code: 'ONCE_CLOSED' })
})

test('I34 a callback that settles after close was over harms nobody', async () => {
  await using rig = new Rig()
  const { once, clock } = await rig.process({ drainTimeout: 0 })
  const gate = new Gate()
  endingOf(once.execute('key', gate.pass))
  await gate.entered()
  const closed = endingOf(once.close())
  await rig.clock.advance(1)
  expect(closed.state).toBe('resolved')
  gate.open('late')
  await rig.settle()
  // Nobody else had taken the key: the outcome still counts, and no second run follows.
  expect(await rig.stateOf('key')).toBe('succeeded')
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(clock.pending).toBe(0)
})

test('I34 a callback that settles after close, when the store refuses everything, harms nobody', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process({ drainTimeout: 0 })
  const gates = [new Gate(), new Gate()]
  for (const [index, gate] of gates.entries()) endingOf(once.execute(`key ${index}`, gate.pass))
  await Promise.all(gates.map((gate) => gate.entered()))
  const closed = endingOf(once.close())
  await rig.clock.advance(1)
  expect(closed.state).toBe('resolved')
  const unhandled: unknown[] = []
  const listener = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', listener)
  try {
    faults.failAll('refused')
    gates[0]?.open('late')
    gates[1]?.break(new Error('late'))
    await rig.clock.advance(STORE_TIMEOUT_MS)
    await setImmediate()
  } finally {
    process.off('unhandledRejection', listener)
  }
  expect(unhandled).toEqual([])
})

test('I34 the caller of a callback that hangs without its lease is answered when the provider closes', async () => {
  await using rig = new Rig()
  const { once } = await rig.process({ maxRuntime: 5_000, drainTimeout: 100 })
  const hung = new Gate()
  const call = endingOf(once.execute('key', hung.pass))
  await hung.entered()
  await rig.clock.advance(5_000 + LEASE_MS * 2)
  expect(call.state).toBe('pending')
  const closed = endingOf(once.close())
  await rig.clock.advance(100)
  expect(closed.state).toBe('resolved')
  expect(call).toMatchObject({ state: 'rejected', code: 'ONCE_CLOSED' })
  expect(hung.calls).toBe(1)
})
