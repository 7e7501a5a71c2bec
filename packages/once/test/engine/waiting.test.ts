import { getEventListeners } from 'node:events'

import { expect, test } from 'vitest'

import { endingOf, failureOf } from './support/ending.ts'
import { Gate } from './support/gate.ts'
import { LEASE_MS, Rig, STORE_TIMEOUT_MS } from './support/rig.ts'

test('I20 a duplicate in another process waits and gets the outcome as soon as it is there', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const waiter = await rig.process()
  const gate = new Gate<Map<string, Date>>()
  const first = owner.once.execute('key', gate.pass)
  await gate.entered()
  const second = endingOf(waiter.once.executeOutcome('key', gate.pass))
  await rig.clock.advance(2_000)
  expect(second.state).toBe('pending')
  gate.open(new Map([['at', new Date(5)]]))
  await first
  await rig.settle()
  expect(second).toMatchObject({ state: 'resolved', value: { replayed: true, attempt: 1 } })
  expect(second.value?.value).toStrictEqual(new Map([['at', new Date(5)]]))
  expect(await waiter.ended('waited')).toBe(1)
})

test('I20 a duplicate whose wake-up is lost looks by itself, once a second at the latest', async () => {
  await using rig = new Rig()
  const owner = await rig.process({ waitTimeout: '1h' })
  const waiter = await rig.process({ waitTimeout: '1h' })
  waiter.faults.fail('watch', 'refused')
  const gate = new Gate()
  const first = owner.once.execute('key', gate.pass)
  await gate.entered()
  const second = endingOf(waiter.once.execute('key', gate.pass))
  await rig.clock.advance(60_000)
  gate.open('done')
  await first
  await rig.clock.advance(1_000 + STORE_TIMEOUT_MS)
  expect(second).toMatchObject({ state: 'resolved', value: 'done' })
})

test('I20 a store that cannot watch does not slow the polling down', async () => {
  await using rig = new Rig()
  const owner = await rig.process({ waitTimeout: '1h' })
  const waiter = await rig.process({ waitTimeout: '1h' })
  waiter.faults.fail('watch', 'hangs')
  const gate = new Gate()
  const first = owner.once.execute('key', gate.pass)
  await gate.entered()
  const second = endingOf(waiter.once.execute('key', gate.pass))
  await rig.clock.advance(10_000)
  gate.open('done')
  await first
  await rig.clock.advance(1_000)
  expect(second).toMatchObject({ state: 'resolved', value: 'done' })
})

test('I20 a wait ends with waitTimeout, and the owner goes on', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const waiter = await rig.process({ waitTimeout: 700 })
  const gate = new Gate()
  const first = owner.once.execute('key', gate.pass)
  await gate.entered()
  const second = endingOf(waiter.once.execute('key', gate.pass))
  await rig.clock.advance(699)
  expect(second.state).toBe('pending')
  await rig.clock.advance(2)
  expect(second).toMatchObject({ state: 'rejected', code: 'ONCE_WAIT_TIMEOUT' })
  expect(second.error).toMatchObject({ key: 'key', retryable: true })
  gate.open('done')
  await expect(first).resolves.toBe('done')
})

test('I20 each waiter of one process has its own patience', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const waiter = await rig.process()
  const gate = new Gate()
  const first = owner.once.execute('key', gate.pass)
  await gate.entered()
  const [none, short, long] = [0, 300, 3_000].map((waitTimeout) =>
    endingOf(waiter.once.execute('key', gate.pass, { waitTimeout })),
  )
  await rig.clock.advance(1)
  expect([none?.code, short?.state, long?.state]).toEqual([
    'ONCE_WAIT_TIMEOUT',
    'pending',
    'pending',
  ])
  await rig.clock.advance(300)
  expect([short?.code, long?.state]).toEqual(['ONCE_WAIT_TIMEOUT', 'pending'])
  gate.open('done')
  await first
  await rig.settle()
  expect(long).toMatchObject({ state: 'resolved', value: 'done' })
})

test('a duplicate elsewhere that would rather not wait is told who runs it and for how long', async () => {
  await using rig = new Rig()
  const owner = await rig.process({ serviceName: 'payments' })
  const other = await rig.process()
  const gate = new Gate()
  const first = owner.once.execute('key', gate.pass)
  await gate.entered()
  const error = await failureOf(other.once.execute('key', gate.pass, { onDuplicate: 'reject' }))
  expect(error).toMatchObject({
    code: 'ONCE_IN_PROGRESS',
    retryable: true,
    retryAfterMs: LEASE_MS,
    holder: { service: 'payments', pid: process.pid },
  })
  gate.open('done')
  await first
})

test('I21 a waiter leaves by its signal, alone, with the reason of the signal', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const waiter = await rig.process()
  const gate = new Gate()
  let told = false
  const first = owner.once.execute('key', (run) => {
    run.signal.addEventListener('abort', () => (told = true))
    return gate.pass()
  })
  await gate.entered()
  const leaving = new AbortController()
  const reason = new Error('gone')
  const left = endingOf(waiter.once.execute('key', gate.pass, { signal: leaving.signal }))
  const stays = endingOf(waiter.once.execute('key', gate.pass))
  await rig.settle()
  leaving.abort(reason)
  await left.over
  expect(left.error).toBe(reason)
  expect(getEventListeners(leaving.signal, 'abort')).toHaveLength(0)
  gate.open('done')
  await first
  await rig.settle()
  expect(stays).toMatchObject({ state: 'resolved', value: 'done' })
  expect(told).toBe(false)
})

test('a call whose signal is already aborted asks the store nothing', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  const reason = new Error('too late')
  const error = await failureOf(
    once.execute('key', () => 'never', { signal: AbortSignal.abort(reason) }),
  )
  expect(error).toBe(reason)
  expect(faults.asked.size).toBe(0)
})

test.for([
  ['a string', 'the client went'],
  ['nothing', undefined],
  ['null', null],
  ['an object without a prototype', Object.create(null) as unknown],
] as const)('a caller that leaves with %s as the reason gets an Error', async ([, reason]) => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const gate = new Gate()
  const leaving = new AbortController()
  const call = endingOf(once.execute('key', gate.pass, { signal: leaving.signal }))
  await gate.entered()
  leaving.abort(reason)
  await rig.settle()
  expect(call.state).toBe('rejected')
  expect(call.error).toBeInstanceOf(Error)
  gate.open('done')
})

test('when the owner elsewhere fails a waiter runs its own callback', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const waiter = await rig.process()
  const gate = new Gate()
  const first = endingOf(owner.once.execute('key', gate.pass))
  await gate.entered()
  const second = endingOf(waiter.once.executeOutcome('key', () => 'its own'))
  const third = endingOf(waiter.once.executeOutcome('key', () => 'unused'))
  await rig.settle()
  gate.break(new Error('declined'))
  await rig.settle()
  expect(first.error).toMatchObject({ message: 'declined' })
  expect(second).toMatchObject({ value: { value: 'its own', replayed: false, attempt: 1 } })
  expect(third).toMatchObject({ value: { value: 'its own', replayed: true } })
  expect(await waiter.ended('executed')).toBe(1)
  expect(await waiter.ended('waited')).toBe(1)
})

test('I20 nothing is left of a wait: no timer, no watch, no listener', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const waiter = await rig.process()
  const gate = new Gate()
  const signals = Array.from({ length: 20 }, () => new AbortController())
  const first = owner.once.execute('key', gate.pass)
  await gate.entered()
  const waits = signals.map(({ signal }) =>
    endingOf(waiter.once.execute('key', gate.pass, { signal })),
  )
  await rig.clock.advance(1_000)
  expect(waiter.faults.watching).toBe(1)
  for (const leaving of signals.slice(0, 10)) leaving.abort()
  gate.open('done')
  await first
  await Promise.all(waits.map(({ over }) => over))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(waiter.faults.watching).toBe(0)
  expect(waiter.clock.pending).toBe(0)
  for (const { signal } of signals) expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('I20 a watch that the store grants too late is stopped', async () => {
  await using rig = new Rig()
  const owner = await rig.process({ waitTimeout: '1h' })
  const waiter = await rig.process({ waitTimeout: '1h' })
  waiter.faults.fail('watch', { answeredAfterMs: STORE_TIMEOUT_MS * 3 })
  const gate = new Gate()
  const first = owner.once.execute('key', gate.pass)
  await gate.entered()
  const second = endingOf(waiter.once.execute('key', gate.pass))
  await rig.clock.advance(STORE_TIMEOUT_MS * 2)
  gate.open('done')
  await first
  await rig.clock.advance(STORE_TIMEOUT_MS * 5)
  expect(second.value).toBe('done')
  expect(waiter.faults.watching).toBe(0)
})

test('I20 a waiter that all callers left asks no more', async () => {
  await using rig = new Rig()
  const owner = await rig.process({ waitTimeout: '1h' })
  const waiter = await rig.process()
  const gate = new Gate()
  endingOf(owner.once.execute('key', gate.pass))
  await gate.entered()
  const leaving = new AbortController()
  const left = endingOf(waiter.once.execute('key', gate.pass, { signal: leaving.signal }))
  await rig.clock.advance(500)
  leaving.abort()
  await left.over
  await rig.settle()
  const asked = waiter.faults.times('claim') + waiter.faults.times('read')
  await rig.clock.advance(LEASE_MS * 3)
  expect(waiter.faults.times('claim') + waiter.faults.times('read')).toBe(asked)
  expect(waiter.clock.pending).toBe(0)
})

test('I4 a duplicate never succeeds while the first one runs', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const other = await rig.process({ waitTimeout: '1h' })
  const gate = new Gate()
  const first = owner.once.do('key', gate.pass)
  await gate.entered()
  const duplicates = [other.once.do('key', gate.pass), owner.once.do('key', gate.pass)].map(
    endingOf,
  )
  await rig.clock.advance(LEASE_MS * 2)
  expect(duplicates.map(({ state }) => state)).not.toContain('resolved')
  expect(await other.once.check('key')).toBe(false)
  gate.open('done')
  await first
  await rig.clock.advance(1_000)
  expect(duplicates[0]?.state).toBe('resolved')
})
