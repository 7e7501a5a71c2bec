import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest'
import { systemClock } from '@oncekit/core'
import type { Clock, Timer } from '@oncekit/core'

afterEach(() => void vi.useRealTimers())

describe('systemClock', () => {
  test('tells wall time, and a monotonic time that does not go back', () => {
    expect(systemClock.now()).toBeGreaterThan(Date.UTC(2025, 0, 1))
    const readings = Array.from({ length: 1000 }, () => systemClock.monotonic())
    expect(readings).toEqual(readings.toSorted((a, b) => a - b))
  })

  test('never fires before the delay has passed', async () => {
    for (const delayMs of [0, 0.4, 1.7, 5.9]) {
      const setMs = systemClock.monotonic()
      await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, delayMs))
      expect(systemClock.monotonic() - setMs).toBeGreaterThanOrEqual(delayMs)
    }
  })

  test('keeps a delay longer than Node’s own timers can', () => {
    vi.useFakeTimers()
    const longMs = 2 ** 31 + 5000
    const callback = vi.fn<() => void>()
    systemClock.setTimeout(callback, longMs)
    vi.advanceTimersByTime(longMs - 1)
    expect(callback).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(callback).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('an infinite delay never fires and can be cancelled', () => {
    vi.useFakeTimers()
    const callback = vi.fn<() => void>()
    const timer = systemClock.setTimeout(callback, Infinity)
    vi.advanceTimersByTime(2 ** 33)
    timer.cancel()
    expect(callback).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a cancelled timer does not fire, not even in its second part', () => {
    vi.useFakeTimers()
    const callback = vi.fn<() => void>()
    const timer = systemClock.setTimeout(callback, 2 ** 31 + 5000)
    vi.advanceTimersByTime(2 ** 31)
    timer.cancel()
    timer.cancel()
    vi.advanceTimersByTime(10_000)
    expect(callback).not.toHaveBeenCalled()
  })

  test('a negative delay counts as 0', async () => {
    const order: string[] = []
    systemClock.setTimeout(() => order.push('negative'), -5)
    await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, 5))
    expect(order).toEqual(['negative'])
  })

  test('refuses NaN', () => {
    expect(() => systemClock.setTimeout(() => {}, Number.NaN)).toThrow(RangeError)
  })

  test('holds the process only when asked to', () => {
    const held = (): number =>
      process.getActiveResourcesInfo().filter((r) => r === 'Timeout').length
    const before = held()
    const quiet = systemClock.setTimeout(() => {}, 60_000, { ref: false })
    expect(held()).toBe(before)
    const holding = systemClock.setTimeout(() => {}, 60_000)
    expect(held()).toBe(before + 1)
    holding.cancel()
    quiet.cancel()
    expect(held()).toBe(before)
  })

  test('is a clock', () => {
    expectTypeOf(systemClock).toEqualTypeOf<Clock>()
    expectTypeOf<Clock['setTimeout']>().returns.toEqualTypeOf<Timer>()
  })
})
