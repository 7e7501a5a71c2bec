import type { Call } from './call.ts'

/** How many calls, and bytes of arguments, may be unanswered at once. */
export interface PendingLimits {
  readonly calls: number
  readonly bytes: number
}

/**
 * The calls that are waiting to be sent or held by the client library, oldest first. All have the
 * same time limit, so the oldest is also the next to expire, and no call needs a timer of its own.
 */
export class PendingCalls {
  readonly limits: PendingLimits
  #first: Call | undefined
  #last: Call | undefined
  #calls = 0
  #bytes = 0

  constructor(limits: PendingLimits) {
    this.limits = limits
  }

  get calls(): number {
    return this.#calls
  }

  get bytes(): number {
    return this.#bytes
  }

  get oldest(): Call | undefined {
    return this.#first
  }

  /** Whether a call of so many bytes is within both limits. */
  hasRoom(bytes: number): boolean {
    return this.#calls < this.limits.calls && this.#bytes + bytes <= this.limits.bytes
  }

  add(call: Call): void {
    this.#calls++
    this.#bytes += call.bytes
    call.previous = this.#last
    if (this.#last === undefined) this.#first = call
    else this.#last.next = call
    this.#last = call
  }

  /** Takes a call out; its links are cleared, so that a call kept elsewhere does not keep others. */
  remove(call: Call): void {
    this.#calls--
    this.#bytes -= call.bytes
    if (call.previous === undefined) this.#first = call.next
    else call.previous.next = call.next
    if (call.next === undefined) this.#last = call.previous
    else call.next.previous = call.previous
    call.previous = undefined
    call.next = undefined
  }

  /** All calls, oldest first. Removing the one at hand is fine. */
  *[Symbol.iterator](): Generator<Call, void, undefined> {
    for (let call = this.#first; call !== undefined;) {
      const next: Call | undefined = call.next
      yield call
      call = next
    }
  }
}
