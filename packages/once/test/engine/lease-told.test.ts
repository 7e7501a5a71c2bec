import { expect, test } from 'vitest'

import { endingOf } from './support/ending.ts'
import { LEASE_MS, Rig, STORE_TIMEOUT_MS } from './support/rig.ts'

const HEARTBEAT_MS = LEASE_MS / 3

test('I7 an extension that took long counts from when it was asked for', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  const { told } = run(once)
  await rig.settle()
  // The store extends at once, and says so late; then it is gone.
  faults.fail('extend', { answeredAfterMs: STORE_TIMEOUT_MS - 100 })
  await rig.clock.advance(HEARTBEAT_MS + STORE_TIMEOUT_MS)
  faults.fail('extend', 'hangs')
  await rig.clock.advance(LEASE_MS - STORE_TIMEOUT_MS - 1)
  expect(told).toEqual([])
  await rig.clock.advance(1)
  expect(told).toMatchObject([{ code: 'ONCE_LEASE_LOST' }])
})

test('I7 a run whose key was taken away is told with the next heartbeat, and why', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const other = await rig.process()
  const { told } = run(once)
  await rig.settle()
  await other.once.clear('key', { force: true })
  await rig.clock.advance(HEARTBEAT_MS - 1)
  expect(told).toEqual([])
  await rig.clock.advance(1)
  expect(told).toMatchObject([
    { code: 'ONCE_LEASE_LOST', message: expect.stringContaining('another caller has the key') },
  ])
})

/** A callback that goes on until its run is told to stop, and what it was told. */
function run(once: Awaited<ReturnType<Rig['process']>>['once']): { readonly told: unknown[] } {
  const told: unknown[] = []
  endingOf(
    once.execute(
      'key',
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            told.push(signal.reason)
            reject(new Error('told to stop'))
          })
        }),
    ),
  )
  return { told }
}
