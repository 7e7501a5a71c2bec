import { expect } from 'vitest'

/** Polls for longer than vitest does by default: a fault takes its time to heal on a busy machine. */
export function eventually<T>(read: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: 10_000 })
}
