import { expect, test } from 'vitest'

import { endingOf } from './support/ending.ts'
import { Gate } from './support/gate.ts'
import { LEASE_MS, Rig, STORE_TIMEOUT_MS } from './support/rig.ts'
import type { Process } from './support/rig.ts'

test('I33 each call ends under one label, and the labels add up to the calls', async () => {
  await using rig = new Rig()
  const { once, details } = bound(await rig.process())
  const gate = new Gate()
  const reject = { onDuplicate: 'reject' } as const
  const calls = [
    once.execute('a', () => 'executed'),
    once.execute('b', () => Promise.reject(new Error('failed'))),
    once.execute('', () => 'rejected'),
    once.execute('c', () => 'rejected', { ttl: -1 }),
    once.execute('d', () => 'aborted', { signal: AbortSignal.abort() }),
    once.execute('long', gate.pass, { payload: 1 }),
  ].map((call) => endingOf<unknown>(call))
  await gate.entered()
  await Promise.all(calls.slice(0, -1).map(({ over }) => over))
  calls.push(
    ...[
      once.execute('a', () => 'replayed'),
      once.execute('a', () => 'replayed too'),
      once.execute('long', gate.pass, { ...reject, payload: 1 }),
      once.execute('long', gate.pass, { payload: 2 }),
      once.execute('long', gate.pass, { payload: 1, waitTimeout: 10 }),
      once.execute('long', gate.pass, { payload: 1 }),
    ].map((call) => endingOf<unknown>(call)),
  )
  await rig.clock.advance(100)
  gate.open('waited for')
  await Promise.all(calls.map(({ over }) => over))
  const { operations, executions } = await details()
  expect(nonZero(operations)).toEqual({
    executed: 2,
    failed: 1,
    rejected: 2,
    aborted: 1,
    replayed: 2,
    conflict: 1,
    mismatch: 1,
    wait_timeout: 1,
    waited: 1,
  })
  expect(sum(operations)).toBe(calls.length)
  expect(executions).toBe(3)
})

test('I33 a caller that leaves is aborted, whatever becomes of its run', async () => {
  await using rig = new Rig()
  const { once, details } = bound(await rig.process())
  const gate = new Gate()
  const leaving = new AbortController()
  const call = endingOf(once.execute('key', gate.pass, { signal: leaving.signal }))
  await gate.entered()
  leaving.abort()
  await call.over
  gate.open('done')
  await rig.settle()
  expect(nonZero((await details()).operations)).toEqual({ aborted: 1 })
})

test('I33 outages, lost commits and lost leases have labels of their own', async () => {
  await using rig = new Rig()
  const { once, faults, details } = bound(await rig.process())
  const calls: { over: Promise<void> }[] = []
  faults.fail('commit', 'hangs')
  faults.fail('extend', 'hangs')
  calls.push(endingOf(once.execute('unknown', () => 'x')))
  await rig.clock.advance(LEASE_MS + STORE_TIMEOUT_MS)
  faults.failAll('refused')
  calls.push(endingOf(once.execute('unavailable', () => 'x')))
  calls.push(endingOf(once.execute('unprotected', () => 'x', { onStoreError: 'run' })))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  faults.heal()
  const gate = new Gate()
  calls.push(endingOf(once.execute('lost', gate.pass)))
  await gate.entered()
  await once.clear('lost', { force: true })
  gate.open('loser')
  await rig.clock.advance(2_000)
  await Promise.all(calls.map(({ over }) => over))
  const { operations } = await details()
  expect(nonZero(operations)).toEqual({ unknown: 1, unavailable: 1, unprotected: 1, lease_lost: 1 })
  expect(sum(operations)).toBe(calls.length)
})

test('I33 a caller that adopts what the winner of its lease left is counted as one that lost it', async () => {
  await using rig = new Rig()
  const loser = await rig.process()
  const winner = await rig.process()
  const gate = new Gate()
  const call = endingOf(loser.once.execute('key', gate.pass))
  await gate.entered()
  loser.pause()
  await rig.clock.advance(LEASE_MS + 1)
  await winner.once.execute('key', () => 'taken over')
  gate.open('too late')
  loser.resume()
  await call.over
  expect(call.value).toBe('taken over')
  expect(nonZero((await loser.details()).operations)).toEqual({ lease_lost: 1 })
  expect(nonZero((await winner.details()).operations)).toEqual({ executed: 1 })
})

test('I33 executing counts the runs under way', async () => {
  await using rig = new Rig()
  const { once, details } = bound(await rig.process())
  const gate = new Gate()
  const calls = ['a', 'b'].map((key) => once.execute(key, gate.pass))
  await rig.settle()
  expect((await details()).executing).toBe(2)
  gate.open('done')
  await Promise.all(calls)
  expect((await details()).executing).toBe(0)
})

test('logs tell of the first run, a replay, a conflict, a takeover, a lost lease and an outage', async () => {
  await using rig = new Rig()
  const first = await rig.process()
  const second = await rig.process({ waitTimeout: '1h', onStoreError: 'run' })
  const gate = new Gate()
  const call = endingOf(first.once.execute('key', gate.pass))
  await gate.entered()
  await endingOf(first.once.execute('key', gate.pass, { onDuplicate: 'reject' })).over
  await endingOf(second.once.execute('key', gate.pass, { onDuplicate: 'reject' })).over
  first.pause()
  await rig.clock.advance(LEASE_MS + 1)
  await second.once.execute('key', () => 'taken over')
  gate.open('loser')
  first.resume()
  await call.over
  await second.once.execute('key', () => 'unused')
  await second.once.execute('fresh', () => 'first run')
  second.faults.failAll('refused')
  const degraded = endingOf(second.once.execute('outage', () => 'unprotected'))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  await degraded.over
  expect(logged(second, 'key', /took over/)).toMatchObject({ attempt: 2 })
  expect(logged(first, 'key', /lease lost/)).toMatchObject({ attempt: 1 })
  expect(logged(second, 'key', /replayed/)).toBeDefined()
  expect(logged(second, 'fresh', /executed/)).toMatchObject({ attempt: 1 })
  expect(logged(second, 'outage', /degraded|without protection/)).toBeDefined()
  expect(logged(second, 'key', /elsewhere|conflict|in progress/i)).toBeDefined()
})

function bound(
  process: Process,
): Pick<Process, 'once' | 'faults'> & { details: Process['details'] } {
  return { once: process.once, faults: process.faults, details: () => process.details() }
}

function logged(process: Process, key: string, message: RegExp): object | undefined {
  return process.logs.find((line) => line.fields['key'] === key && message.test(line.message))
    ?.fields
}

function nonZero(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
