import { createHash } from 'node:crypto'

import type { Run } from '../types.ts'

/** What a callback is given. The signal is made when it is asked for: most callbacks never do. */
export class OnceRun implements Run {
  readonly key: string
  readonly attempt: number
  readonly fence: number
  readonly protected: boolean
  readonly #storageKey: string
  #controller: AbortController | undefined
  #reason: Error | undefined

  constructor(
    key: string,
    storageKey: string,
    claim: { attempt: number; fence: number } | undefined,
  ) {
    this.key = key
    this.attempt = claim?.attempt ?? 1
    this.fence = claim?.fence ?? 0
    this.protected = claim !== undefined
    this.#storageKey = storageKey
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** The first reason counts. */
  abort(reason: Error): void {
    this.#reason ??= reason
    this.#controller?.abort(this.#reason)
  }

  deriveKey(name: string): string {
    return deriveKey(this.#storageKey, name)
  }
}

/** The storage key's length keeps the two apart, whatever they contain. */
function deriveKey(storageKey: string, name: string): string {
  return createHash('sha256')
    .update(`${storageKey.length}:${storageKey}${name}`)
    .digest('base64url')
}
