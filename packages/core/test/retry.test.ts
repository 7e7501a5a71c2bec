import { getEventListeners } from 'node:events'
import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { ManualClock } from '@oncekit/testing'
import { backoff, ConfigError, OncekitError, retry, sleep } from '@oncekit/core'
import type { RetryOptions } from '@oncekit/core'

const delays = backoff({ initialMs: 100, factor: 2, maxMs: 1000, jitter: 'none' })
const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length
const failing = (times: number) => {
  return vi.fn<(attempt: number) => Promise<string>>(async (attempt) => {
    if (attempt <= times) throw new Error(`failure ${attempt}`)
    return `success ${attempt}`
  })
}

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no rejection',
    (error: unknown) => error,
  )

describe('sleep', () => {
  test('resolves when the time has passed, not before', async () => {
    const clock = new ManualClock()
    let isAwake = false
    const slept = sleep(1000, { clock }).then(() => (isAwake = true))
    await clock.advance(999)
    expect(isAwake).toBe(false)
    await clock.advance(1)
    await slept
    expect(isAwake).toBe(true)
  })

  test('rejects with the reason when the signal aborts, and leaves nothing behind', async () => {
    const clock = new ManualClock()
    const controller = new AbortController()
    const slept = sleep(1000, { clock, signal: controller.signal })
    expect(listeners(controller.signal)).toBe(1)
    const reason = new Error('left')
    controller.abort(reason)
    await expect(slept).rejects.toBe(reason)
    expect(listeners(controller.signal)).toBe(0)
    expect(clock.pending).toBe(0)
  })

  test('does not start with a signal that has aborted', async () => {
    const clock = new ManualClock()
    const reason = new Error('left')
    await expect(sleep(5, { clock, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(clock.pending).toBe(0)
  })

  test('leaves no listener when it ends by itself', async () => {
    const { signal } = new AbortController()
    await sleep(0, { signal })
    expect(listeners(signal)).toBe(0)
  })

  test('rejects for a time that is none', async () => {
    await expect(sleep(Number.NaN)).rejects.toThrow(RangeError)
  })
})

describe('retry', () => {
  test('gives the first success and counts attempts from 1', async () => {
    const clock = new ManualClock()
    const operation = failing(2)
    const result = retry(operation, { backoff: delays, clock })
    await clock.advance(300)
    expect(await result).toBe('success 3')
    expect(operation.mock.calls).toEqual([[1], [2], [3]])
  })

  test('waits between attempts as the backoff says', async () => {
    const clock = new ManualClock()
    const operation = failing(2)
    const result = retry(operation, { backoff: delays, clock })
    await clock.advance(99)
    expect(operation).toHaveBeenCalledTimes(1)
    await clock.advance(1)
    expect(operation).toHaveBeenCalledTimes(2)
    await clock.advance(199)
    expect(operation).toHaveBeenCalledTimes(2)
    await clock.advance(1)
    await result
  })

  test('rejects with the last error at the limit, without a last wait', async () => {
    const clock = new ManualClock()
    const result = retry(failing(9), { backoff: delays, limit: 3, clock })
    const error = rejection(result)
    await clock.advance(300)
    expect(await error).toEqual(new Error('failure 3'))
    expect(clock.pending).toBe(0)
  })

  test('rejects with the last error rather than start an attempt after the deadline', async () => {
    const clock = new ManualClock()
    const operation = failing(9)
    const result = retry(operation, { backoff: delays, deadlineMs: 300, clock })
    const error = rejection(result)
    await clock.advance(300)
    expect(await error).toEqual(new Error('failure 3'))
    expect(clock.monotonic()).toBe(300)
  })

  test.each([
    ['says it can be retried', new OncekitError('X_BUSY', 'busy', { retryable: true }), 2],
    ['says it cannot be retried', new OncekitError('X_BAD', 'bad'), 1],
    ['says nothing', new Error('unknown'), 2],
  ])('by default an error that %s is believed', async (_name, error, calls) => {
    const operation = vi.fn<() => Promise<never>>(() => Promise.reject(error))
    const quick = backoff({ initialMs: 0, factor: 1, maxMs: 0, jitter: 'none' })
    await expect(retry(operation, { backoff: quick, limit: 2 })).rejects.toBe(error)
    expect(operation).toHaveBeenCalledTimes(calls)
  })

  test('the caller may judge errors', async () => {
    const operation = failing(5)
    const isRetryable = (error: unknown): boolean => !String(error).includes('failure 2')
    const quick = backoff({ initialMs: 0, factor: 1, maxMs: 0, jitter: 'none' })
    await expect(retry(operation, { backoff: quick, isRetryable })).rejects.toThrow('failure 2')
  })

  test('an abort during the wait rejects with the reason at once', async () => {
    const clock = new ManualClock()
    const controller = new AbortController()
    const reason = new Error('left')
    const result = retry(failing(9), { backoff: delays, clock, signal: controller.signal })
    const error = rejection(result)
    await clock.advance(50)
    controller.abort(reason)
    expect(await error).toBe(reason)
    expect(clock.pending).toBe(0)
    expect(listeners(controller.signal)).toBe(0)
  })

  test('an abort during an attempt does not wait for the attempt', async () => {
    const controller = new AbortController()
    const reason = new Error('left')
    const never = (): Promise<never> => new Promise(() => {})
    const result = retry(never, { backoff: delays, signal: controller.signal })
    expect(listeners(controller.signal)).toBe(1)
    controller.abort(reason)
    await expect(result).rejects.toBe(reason)
    expect(listeners(controller.signal)).toBe(0)
  })

  test('an attempt that fails after the abort disturbs nobody', async () => {
    const controller = new AbortController()
    const gate = Promise.withResolvers<never>()
    const result = retry(() => gate.promise, { backoff: delays, signal: controller.signal })
    controller.abort(new Error('left'))
    await expect(result).rejects.toThrow('left')
    gate.reject(new Error('late')) // an unhandled rejection would fail the run
    await sleep(0)
  })

  test('a signal that aborted before makes no attempt', async () => {
    const operation = failing(0)
    const reason = new Error('left')
    const signal = AbortSignal.abort(reason)
    await expect(retry(operation, { backoff: delays, signal })).rejects.toBe(reason)
    expect(operation).not.toHaveBeenCalled()
  })

  test('an operation that throws instead of rejecting is retried alike', async () => {
    const clock = new ManualClock()
    const { signal } = new AbortController()
    const thrower = (attempt: number): Promise<string> => {
      if (attempt === 1) throw new Error('thrown')
      return Promise.resolve('done')
    }
    const results = [retry(thrower, { backoff: delays, clock, signal })]
    results.push(retry(thrower, { backoff: delays, clock }))
    await clock.advance(100)
    expect(await Promise.all(results)).toEqual(['done', 'done'])
    expect(listeners(signal)).toBe(0)
  })

  test.each<[string, Partial<RetryOptions>]>([
    ['limit', { limit: 0 }],
    ['limit', { limit: Number.NaN }],
    ['deadlineMs', { deadlineMs: -1 }],
  ])('refuses a bad %s without an attempt', async (field, change) => {
    const operation = failing(0)
    const result = retry(operation, { backoff: delays, ...change })
    await expect(result).rejects.toThrow(ConfigError)
    await expect(result).rejects.toThrow(`Invalid retry: ${field}: got`)
    expect(operation).not.toHaveBeenCalled()
  })

  test('gives the type of the operation', () => {
    expectTypeOf(retry<number>).returns.resolves.toBeNumber()
  })
})
