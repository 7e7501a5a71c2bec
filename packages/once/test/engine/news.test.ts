import { MemoryOnceStore, Once, storageKey } from '@oncekit/once'
import type { OnceRecord, WatchListener } from '@oncekit/once'
import { expect, test } from 'vitest'

import {
  claimed,
  claimRequest,
  commitRequest,
  OTHER_PAYLOAD,
  succeeded,
} from '../../src/conformance/requests.ts'
import { endingOf } from './support/ending.ts'
import { Gate } from './support/gate.ts'
import { LEASE_MS, PREFIX, Rig } from './support/rig.ts'

// A waiter is told of the end of a run by a message. The message may come too early to be heard, or be about something else.

test('I20 an outcome that came while the watch was set up is seen once the watch stands', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const waiter = await rig.process()
  waiter.faults.fail('watch', { lateMs: 10 })
  const gate = new Gate()
  const first = owner.once.execute('key', gate.pass)
  await gate.entered()
  const second = endingOf(waiter.once.execute('key', gate.pass))
  await rig.clock.advance(5)
  gate.open('done')
  await first
  // By itself it would look after 25 ms at the earliest.
  await rig.clock.advance(10)
  expect(second).toMatchObject({ state: 'resolved', value: 'done' })
})

test('I20 a watch that stands only when the waiter has left is stopped', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const waiter = await rig.process({ waitTimeout: 50 })
  waiter.faults.fail('watch', { answeredAfterMs: 100 })
  const gate = new Gate()
  endingOf(owner.once.execute('key', gate.pass))
  await gate.entered()
  const second = endingOf(waiter.once.execute('key', gate.pass))
  await rig.clock.advance(60)
  expect([second.code, waiter.faults.watching]).toEqual(['ONCE_WAIT_TIMEOUT', 1])
  await rig.clock.advance(100)
  expect(waiter.faults.watching).toBe(0)
  gate.open('done')
})

test('I10 the outcome of another payload that a message brings is given to nobody', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const waiter = await rig.process({ waitTimeout: '1h' })
  const gate = new Gate()
  endingOf(owner.once.execute('key', gate.pass, { payload: 'ours' }))
  await gate.entered()
  const second = endingOf(waiter.once.execute('key', gate.pass, { payload: 'ours' }))
  await rig.clock.advance(1_000)

  // All at once, so that the waiter hears of the end before it can look: cleared, taken by others, waited for, done.
  const key = storageKey(PREFIX, 'key')
  const others = claimRequest(key, { fingerprint: OTHER_PAYLOAD })
  await Promise.all([
    rig.store.remove(key),
    rig.store.claim(others),
    rig.store.claim(claimRequest(key, { fingerprint: OTHER_PAYLOAD, wait: true })),
    rig.store.commit(commitRequest(others, { outcome: succeeded('"theirs"') })),
  ])
  await rig.settle()
  expect(second).toMatchObject({ state: 'rejected', code: 'ONCE_MISMATCH' })
  gate.open('done')
})

test('I4 a message that another run began is no outcome', async () => {
  const listeners: WatchListener[] = []
  class Overheard extends MemoryOnceStore {
    override watch(key: string, listener: WatchListener): Promise<() => void> {
      listeners.push(listener)
      return super.watch(key, listener)
    }
  }
  const store = new Overheard()
  await using once = await Once.create({ ...Once.defaultConfig('test'), prefix: PREFIX }, { store })
  const key = storageKey(PREFIX, 'key')
  const owner = await claimed(store, key, { leaseMs: LEASE_MS })
  const call = endingOf(once.execute('key', () => 'never'))
  await expect.poll(() => listeners.length).toBe(1)
  const begun: OnceRecord | undefined = (await store.read(key))?.record
  for (const listener of listeners) listener(begun)
  await new Promise((resolve) => setImmediate(resolve))
  expect(call.state).toBe('pending')
  await store.commit(commitRequest(owner))
  await call.over
  expect(call).toMatchObject({ state: 'resolved', value: 'value' })
})
