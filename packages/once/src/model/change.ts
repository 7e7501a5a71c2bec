import type { OnceRecord } from '../record.ts'
import { Violation } from './invariant.ts'
import type { Invariant } from './invariant.ts'
import type { Key, World } from './world.ts'

/** What a step did to a record. */
export interface Change {
  readonly before: OnceRecord | undefined
  readonly after: OnceRecord | undefined
  /** When it would have expired. */
  readonly expiredAtMs: number
  readonly expiresAtMs: number
}

/** @throws Violation unless it holds */
export function expect(invariant: Invariant, holds: boolean, why: () => string): void {
  if (!holds) throw new Violation(invariant, why())
}

export function expiresIn(world: World, key: Key): number {
  return key.expiresAtMs - world.nowMs
}

/** Nothing but expiry and removal ends it. */
export function isFinal(record: OnceRecord): boolean {
  return record.state === 'succeeded' || record.state === 'failed'
}

/** Whether both sides have a payload, and not the same one. */
export function differ(stored: string, given: string): boolean {
  return stored !== '' && given !== '' && stored !== given
}
