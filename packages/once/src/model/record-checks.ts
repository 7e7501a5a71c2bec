import type { OnceRecord } from '../record.ts'
import { expect } from './change.ts'
import type { Answer } from './message.ts'
import { checkWedge } from './wedge.ts'
import type { Key, World } from './world.ts'

/** What holds of every record, after every write and when it expires. */
export function checkRecord(world: World, key: Key, { expired }: { expired: boolean }): void {
  const { record } = key
  if (record === undefined) return
  const open = record.state === 'indeterminate' || (record.state === 'executing' && record.effect)
  expect(
    'effect',
    !open || key.expiresAtMs === Infinity,
    () => 'a record that waits for a decision expires',
  )
  if (expired) {
    expect('effect', !key.effectOpen, () => 'a declared effect was forgotten')
    expect(
      'I15',
      record.state !== 'executing' || record.atMs <= world.nowMs,
      () => 'a running record expired',
    )
    return
  }
  expect(
    'I15',
    record.state !== 'executing' || key.expiresAtMs > record.atMs,
    () => 'a running record would expire before its lease ends',
  )
  checkWedge(world, record, world.now())
}

/** A look without a claim. */
export function checkRead(world: World, key: Key, answer: Answer): void {
  if (typeof answer !== 'string' && answer.status === 'done') outcomeRead(world, key, answer.record)
}

/** What a duplicate is given is what is stored. */
export function outcomeRead(world: World, key: Key, record: OnceRecord): void {
  world.rules.tally.check('I4')
  const told = record.state !== 'executing' && record.state !== 'released'
  expect(
    'I4',
    told && key.record?.state === record.state && key.record.body === record.body,
    () => `told that it is done, over a record that is ${key.record?.state ?? 'none'}`,
  )
}
