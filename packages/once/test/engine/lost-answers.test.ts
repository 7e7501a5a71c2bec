import { expect, test } from 'vitest'

import { endingOf } from './support/ending.ts'
import { Gate } from './support/gate.ts'
import { LEASE_MS, Rig, STORE_TIMEOUT_MS } from './support/rig.ts'

const outages = ['refused', 'hangs', 'answer lost', 'mute'] as const

test.for(outages)(
  'I9 a commit that is %s is tried again by token until it is known',
  async (fault) => {
    await using rig = new Rig()
    const { once, faults } = await rig.process()
    faults.fail('commit', fault, 2)
    const call = endingOf(once.executeOutcome('key', () => 'done'))
    await rig.clock.advance(LEASE_MS)
    expect(call).toMatchObject({ state: 'resolved', value: { value: 'done', replayed: false } })
    await expect(once.execute('key', () => 'second run')).resolves.toBe('done')
  },
)

test.for(outages)(
  'I9 while commits are %s the caller is told by the end of the lease that nobody knows',
  async (fault) => {
    await using rig = new Rig()
    const { once, faults } = await rig.process({ storeTimeout: 900 })
    faults.fail('commit', fault)
    faults.fail('extend', 'hangs')
    const call = endingOf(once.execute('key', () => 'done'))
    await rig.clock.advance(LEASE_MS + 1)
    expect(call).toMatchObject({ state: 'rejected', code: 'ONCE_OUTCOME_UNKNOWN' })
    expect(call.error).toMatchObject({ key: 'key', cause: { code: 'ONCE_STORE_UNAVAILABLE' } })
  },
)

test('I9 while only commits fail and the lease lives on the caller is told after a lease, not after maxRuntime', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process({ maxRuntime: '15m' })
  faults.fail('commit', 'refused')
  const call = endingOf(once.execute('key', () => 'done'))
  await rig.clock.advance(LEASE_MS + STORE_TIMEOUT_MS + 1)
  expect(call).toMatchObject({ state: 'rejected', code: 'ONCE_OUTCOME_UNKNOWN' })
})

test('I9 a commit nobody knows of goes on in the background and lands when the store is back', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process({ waitTimeout: '1h' })
  const other = await rig.process()
  faults.failAll('answer lost')
  faults.fail('claim', () => undefined)
  faults.fail('commit', 'hangs')
  faults.fail('extend', 'hangs')
  const call = endingOf(once.execute('key', () => 'done'))
  await rig.clock.advance(LEASE_MS + STORE_TIMEOUT_MS)
  expect(call.code).toBe('ONCE_OUTCOME_UNKNOWN')
  expect(await rig.stateOf('key')).toBe('executing')
  faults.heal()
  await rig.clock.advance(1_000)
  expect(await rig.stateOf('key')).toBe('succeeded')
  await expect(other.once.execute('key', () => 'second run')).resolves.toBe('done')
})

test('I9 nobody runs a second time in the process whose commit is still on its way', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process({ waitTimeout: '1h' })
  faults.fail('commit', 'refused', 40)
  const call = endingOf(once.execute('key', () => 'done'))
  const second = endingOf(once.execute('key', () => 'second run'))
  await rig.clock.advance(LEASE_MS * 4)
  const third = endingOf(once.execute('key', () => 'third run'))
  await rig.clock.advance(LEASE_MS * 4)
  for (const { value } of [call, second, third]) expect(['done', undefined]).toContain(value)
  expect((await once.get('key'))?.value).toBe('done')
  expect((await once.health()).details['executions']).toBe(1)
})

test('I9 while a late commit is on its way its lease lives on, and no other process runs', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  const other = await rig.process({ waitTimeout: '1h' })
  faults.fail('commit', 'refused')
  const call = endingOf(once.execute('key', () => 'done'))
  await rig.clock.advance(LEASE_MS + STORE_TIMEOUT_MS + 1)
  expect(call.code).toBe('ONCE_OUTCOME_UNKNOWN')
  const second = endingOf(other.once.execute('key', () => 'second run'))
  await rig.clock.advance(LEASE_MS * 3)
  expect(second.state).toBe('pending')
  faults.heal()
  await rig.clock.advance(LEASE_MS)
  expect(second).toMatchObject({ state: 'resolved', value: 'done' })
})

test('I9 the late commit stops when the provider closes', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.fail('commit', 'refused')
  faults.fail('extend', 'refused')
  const call = endingOf(once.execute('key', () => 'done'))
  await rig.clock.advance(LEASE_MS * 2)
  expect(call.code).toBe('ONCE_OUTCOME_UNKNOWN')
  const closed = endingOf(once.close())
  await rig.clock.advance(2_000)
  expect(closed.state).toBe('resolved')
  const tries = faults.times('commit')
  await rig.clock.advance(LEASE_MS * 5)
  expect(faults.times('commit')).toBe(tries)
})

test('I9 followers of a lost commit are told the same', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process({ waitTimeout: '1h' })
  faults.fail('commit', 'hangs')
  faults.fail('extend', 'hangs')
  const gate = new Gate()
  const calls = [1, 2, 3].map(() => endingOf(once.execute('key', gate.pass)))
  await gate.entered()
  gate.open('done')
  await rig.clock.advance(LEASE_MS + STORE_TIMEOUT_MS)
  expect(calls.map(({ code }) => code)).toEqual(Array(3).fill('ONCE_OUTCOME_UNKNOWN'))
  expect(await rig.stateOf('key')).toBe('executing')
})

test('I3 a claim that was sent twice is one claim', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.fail('claim', 'answer lost', 1)
  const call = endingOf(once.executeOutcome('key', () => 'done'))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(call).toMatchObject({
    state: 'resolved',
    value: { value: 'done', attempt: 1, replayed: false },
  })
})

test('I6 a claim that was granted to a caller that had given up is released', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.fail('claim', 'mute')
  let started = false
  const call = endingOf(
    once.execute('key', () => {
      started = true
    }),
  )
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(call).toMatchObject({ state: 'rejected', code: 'ONCE_STORE_UNAVAILABLE' })
  faults.heal()
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(await rig.stateOf('key')).toBe('none')
  expect(started).toBe(false)
})

test('I6 the release of such a claim is tried again while the store is away', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.fail('claim', 'mute')
  faults.fail('release', 'hangs')
  const call = endingOf(once.execute('key', () => 'never'))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(call.code).toBe('ONCE_STORE_UNAVAILABLE')
  await rig.clock.advance(STORE_TIMEOUT_MS)
  faults.heal()
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(await rig.stateOf('key')).toBe('none')
})

test('I1 the late answer to a claim starts no callback', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.fail('claim', { answeredAfterMs: STORE_TIMEOUT_MS * 2 })
  let started = false
  const call = endingOf(
    once.execute('key', () => {
      started = true
    }),
  )
  await rig.clock.advance(STORE_TIMEOUT_MS * 4)
  expect(call.code).toBe('ONCE_STORE_UNAVAILABLE')
  expect(started).toBe(false)
  expect(await rig.stateOf('key')).toBe('none')
})

test('I6 a claim that the store carries out after its release was asked for is released too', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.fail('claim', { lateMs: STORE_TIMEOUT_MS * 2 }, 1)
  const call = endingOf(once.execute('key', () => 'never'))
  await rig.clock.advance(STORE_TIMEOUT_MS * 2 + 500)
  expect(call.code).toBe('ONCE_STORE_UNAVAILABLE')
  expect(await rig.stateOf('key')).toBe('none')
})

test('I6 a claim whose callers all left before it was granted is released', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.fail('claim', { answeredAfterMs: 100 })
  const leaving = new AbortController()
  let started = false
  const call = endingOf(
    once.execute(
      'key',
      () => {
        started = true
      },
      { signal: leaving.signal },
    ),
  )
  await rig.settle()
  leaving.abort()
  await call.over
  await rig.clock.advance(200)
  expect(await rig.stateOf('key')).toBe('none')
  expect(started).toBe(false)
})

test('a failed callback whose release is lost passes its error on, and the key is free by the end of the lease', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  const other = await rig.process({ waitTimeout: '1h' })
  faults.fail('release', 'hangs')
  const failure = new Error('declined')
  const call = endingOf(once.execute('key', () => Promise.reject(failure)))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(call.error).toBe(failure)
  const next = endingOf(other.once.execute('key', () => 'next'))
  await rig.clock.advance(LEASE_MS + 1_000)
  expect(next).toMatchObject({ state: 'resolved', value: 'next' })
})
