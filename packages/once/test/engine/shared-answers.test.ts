import { expect, test } from 'vitest'

import { endingOf } from './support/ending.ts'
import { Gate } from './support/gate.ts'
import { Rig } from './support/rig.ts'

const ON_ITS_WAY_MS = 100
const ANSWERED_LATE = { answeredAfterMs: ON_ITS_WAY_MS }

test('I16 a call after a clear is not given what was cleared, though an answer with it is on its way', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  const other = await rig.process()
  await once.execute('key', () => 'old')
  faults.fail('claim', ANSWERED_LATE, 1)
  const early = endingOf(once.execute('key', () => 'never run'))
  await rig.settle()
  await other.once.clear('key')
  const late = endingOf(once.execute('key', () => 'new'))
  await rig.clock.advance(ON_ITS_WAY_MS)
  expect(early).toMatchObject({ state: 'resolved', value: 'old' })
  expect(late).toMatchObject({ state: 'resolved', value: 'new' })
})

test('I16 a call after a clear is not refused for a payload that was cleared', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  const other = await rig.process()
  await once.execute('key', () => 'old', { payload: 'first' })
  faults.fail('claim', ANSWERED_LATE, 1)
  const early = endingOf(once.execute('key', () => 'never run', { payload: 'second' }))
  await rig.settle()
  await other.once.clear('key')
  const late = endingOf(once.execute('key', () => 'new', { payload: 'second' }))
  await rig.clock.advance(ON_ITS_WAY_MS)
  expect(early).toMatchObject({ state: 'rejected', code: 'ONCE_MISMATCH' })
  expect(late).toMatchObject({ state: 'resolved', value: 'new' })
})

test('I16 a call after a clear is not given the outcome of a run whose commit is still to be answered', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  const other = await rig.process()
  faults.fail('commit', ANSWERED_LATE, 1)
  const early = endingOf(once.execute('key', () => 'old'))
  await rig.settle()
  expect(await rig.stateOf('key')).toBe('succeeded')
  await other.once.clear('key')
  const late = endingOf(once.execute('key', () => 'new'))
  await rig.clock.advance(ON_ITS_WAY_MS)
  expect(early).toMatchObject({ state: 'resolved', value: 'old' })
  expect(late).toMatchObject({ state: 'resolved', value: 'new' })
})

test('I16 a call after a clear is not given what the message to those who wait brings along', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const other = await rig.process()
  const { store, clock } = rig
  const watch = store.watch.bind(store)
  // Sooner than anybody polls.
  store.watch = (key, listener) =>
    watch(key, (record) => void clock.setTimeout(() => listener(record), 10))
  const gate = new Gate()
  const run = other.once.execute('key', gate.pass)
  await gate.entered()
  const early = endingOf(once.execute('key', () => 'never run'))
  await rig.settle()
  gate.open('old')
  await run
  await other.once.clear('key')
  const late = endingOf(once.execute('key', () => 'new'))
  await clock.advance(10)
  expect(early).toMatchObject({ state: 'resolved', value: 'old' })
  expect(late).toMatchObject({ state: 'resolved', value: 'new' })
})

test('I16 a call after a clear is not given what a message brought before an older look was answered', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  const other = await rig.process()
  const gate = new Gate()
  const run = other.once.execute('key', gate.pass)
  await gate.entered()
  let looks = 0
  // The one that follows as soon as the watch stands.
  faults.fail('claim', () => (++looks === 2 ? ANSWERED_LATE : undefined))
  const early = endingOf(once.execute('key', () => 'never run'))
  await expect.poll(() => looks).toBe(2)
  gate.open('old')
  await run
  await other.once.clear('key')
  const late = endingOf(once.execute('key', () => 'new'))
  await rig.clock.advance(ON_ITS_WAY_MS)
  expect(early).toMatchObject({ state: 'resolved', value: 'old' })
  expect(late).toMatchObject({ state: 'resolved', value: 'new' })
})

test('calls of one turn share a look, and all that come while it is on its way share the next', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  await once.execute('key', () => 'kept')
  const before = faults.asked.get('claim') ?? 0
  const callers = (): Promise<unknown>[] =>
    Array.from({ length: 64 }, () => once.execute('key', () => 'never run'))
  faults.fail('claim', ANSWERED_LATE)
  const first = Promise.all(callers())
  await rig.settle()
  expect(faults.asked.get('claim')).toBe(before + 1)
  const second = Promise.all([...callers(), ...callers()])
  await rig.clock.advance(2 * ON_ITS_WAY_MS)
  expect(new Set([...(await first), ...(await second)])).toEqual(new Set(['kept']))
  expect(faults.asked.get('claim')).toBe(before + 2)
})
