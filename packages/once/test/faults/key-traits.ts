import { createHash } from 'node:crypto'

/** What the callers of one key have in common; every process finds the same by itself. */
export interface KeyTraits {
  /** Callers come with this many payloads. */
  readonly payloads: number
  /** Somebody clears it now and then. */
  readonly isCleared: boolean
  /** Callbacks throw now and then. */
  readonly throws: boolean
  /** Callbacks last up to one and a half leases. */
  readonly isSlow: boolean
}

export function traitsOf(key: string): KeyTraits {
  const [payload = 0, clear = 0, fail = 0, slow = 0] = createHash('sha256').update(key).digest()
  return {
    payloads: payload < 20 ? 2 : 1,
    isCleared: clear < 26,
    throws: fail < 26,
    isSlow: slow < 90,
  }
}

/** The key of an instant: the same in every process, another one after a while. */
export function keyAt(atMs: number, keysPerSecond: number): string {
  return `k${Math.floor((atMs * keysPerSecond) / 1000)}`
}
