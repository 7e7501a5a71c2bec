import { constants } from 'node:os'

import { CommandFailure } from './failure.ts'
import type { World } from './world.ts'

type Mode =
  | { readonly name: 'leave' }
  | { readonly name: 'forward'; readonly send: (signal: NodeJS.Signals) => void }
  | { readonly name: 'finish' }

/**
 * What a signal to `once exec` does: while it waits or asks the store, it leaves; while its command runs, the command gets the signal
 * and decides; once the command has ended, the outcome is stored first.
 */
export class Interrupts implements Disposable {
  readonly #leaving = new AbortController()
  readonly #restore: () => void
  #mode: Mode = { name: 'leave' }
  #forwarded: NodeJS.Signals | undefined

  constructor(world: Pick<World, 'onSignal'>) {
    this.#restore = world.onSignal(INTERRUPTS, (signal) => this.#receive(signal))
  }

  /** Aborts when this caller has to leave. */
  get leaving(): AbortSignal {
    return this.#leaving.signal
  }

  /** The last signal that the command was sent. */
  get forwarded(): NodeJS.Signals | undefined {
    return this.#forwarded
  }

  /** A command runs: signals are its own from now on. */
  forwardTo(send: (signal: NodeJS.Signals) => void): void {
    this.#mode = { name: 'forward', send }
  }

  /** The command has ended and its outcome is being stored: the first signal is too late, the second is impatience. */
  finish(): void {
    this.#mode = { name: 'finish' }
  }

  /** Nothing runs: a signal leaves. */
  leave(): void {
    this.#mode = { name: 'leave' }
  }

  [Symbol.dispose](): void {
    this.#restore()
  }

  #receive(signal: NodeJS.Signals): void {
    switch (this.#mode.name) {
      case 'leave':
        return this.#leaving.abort(
          new CommandFailure({
            exitCode: signalExitCode(signal),
            code: 'CLI_INTERRUPTED',
            message: `stopped by ${signal}`,
          }),
        )
      case 'forward':
        this.#forwarded = signal
        return this.#mode.send(signal)
      case 'finish':
        return this.leave()
      default:
        return this.#mode satisfies never
    }
  }
}

const INTERRUPTS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** As a shell counts a command that a signal ended. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}
