import { expect, expectTypeOf, test } from 'vitest'
import { sleep } from '@oncekit/core'
import type { Clock } from '@oncekit/core'
import { ManualClock } from '../src/manual-clock.ts'

test('time stands still until it is advanced', async () => {
  const clock = new ManualClock(1_000_000)
  expect([clock.now(), clock.monotonic()]).toEqual([1_000_000, 0])
  await clock.advance(500)
  expect([clock.now(), clock.monotonic()]).toEqual([1_000_500, 500])
})

test('timers fire in the order they are due, each at its own instant', async () => {
  const clock = new ManualClock()
  const fired: [string, number][] = []
  const set = (name: string, delayMs: number) =>
    clock.setTimeout(() => fired.push([name, clock.monotonic()]), delayMs)
  set('late', 30)
  set('early', 10)
  set('twin', 30)
  set('never', 31)
  await clock.advance(30)
  expect(fired).toEqual([
    ['early', 10],
    ['late', 30],
    ['twin', 30],
  ])
  expect(clock.pending).toBe(1)
})

test('promise chains run between two timers, and new timers fire in the same advance', async () => {
  const clock = new ManualClock()
  const events: string[] = []
  const worker = async (): Promise<void> => {
    await sleep(10, { clock })
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    events.push(`worked at ${clock.monotonic()}`)
    await sleep(10, { clock })
    events.push(`worked at ${clock.monotonic()}`)
  }
  const done = worker()
  clock.setTimeout(() => events.push('other at 11'), 11)
  await clock.advance(100)
  await done
  expect(events).toEqual(['worked at 10', 'other at 11', 'worked at 20'])
})

test('a cancelled timer does not fire and is not pending', async () => {
  const clock = new ManualClock()
  let fired = 0
  const timer = clock.setTimeout(() => fired++, 10)
  clock.setTimeout(() => timer.cancel(), 5)
  expect(clock.pending).toBe(2)
  await clock.advance(100)
  timer.cancel()
  expect([fired, clock.pending]).toEqual([0, 0])
})

test('a delay of 0 fires with the next advance, even by nothing', async () => {
  const clock = new ManualClock()
  let fired = 0
  clock.setTimeout(() => fired++, 0)
  clock.setTimeout(() => fired++, -5)
  expect(fired).toBe(0)
  await clock.advance(0)
  expect(fired).toBe(2)
})

test('an infinite delay stays pending', async () => {
  const clock = new ManualClock()
  clock.setTimeout(() => {}, Infinity)
  await clock.advance(2 ** 50)
  expect(clock.pending).toBe(1)
})

test('setting the wall clock leaves monotonic time and timers alone', async () => {
  const clock = new ManualClock(5000)
  let firedAt = 0
  clock.setTimeout(() => (firedAt = clock.now()), 10)
  await clock.advance(5)
  clock.setWall(1000)
  expect([clock.now(), clock.monotonic()]).toEqual([1000, 5])
  await clock.advance(5)
  expect(firedAt).toBe(1005)
})

test('advances that overlap happen one after the other', async () => {
  const clock = new ManualClock()
  const fired: number[] = []
  for (const delayMs of [5, 15]) clock.setTimeout(() => fired.push(clock.monotonic()), delayMs)
  await Promise.all([clock.advance(10), clock.advance(10)])
  expect(fired).toEqual([5, 15])
  expect(clock.monotonic()).toBe(20)
})

test('an advance rejects with what a callback throws, and the clock goes on', async () => {
  const clock = new ManualClock()
  clock.setTimeout(() => {
    throw new Error('callback failed')
  }, 5)
  await expect(clock.advance(10)).rejects.toThrow('callback failed')
  expect(clock.monotonic()).toBe(5)
  await clock.advance(10)
  expect(clock.monotonic()).toBe(15)
})

test('refuses to go back, and times that are none', () => {
  const clock = new ManualClock()
  for (const ms of [-1, Number.NaN, Infinity]) expect(() => clock.advance(ms)).toThrow(RangeError)
  expect(() => clock.setTimeout(() => {}, Number.NaN)).toThrow(RangeError)
})

test('is a clock', () => {
  expectTypeOf<ManualClock>().toExtend<Clock>()
})
