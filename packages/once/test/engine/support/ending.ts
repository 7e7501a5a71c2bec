import { OnceError } from '@oncekit/once'

/** How a call stands, for a test that must not wait for it. */
export interface Ending<T> {
  readonly state: 'pending' | 'resolved' | 'rejected'
  readonly value?: T
  readonly error?: unknown
  /** The code of an `OnceError`. */
  readonly code?: string
  /** Resolves when the call is over, however it ended. */
  readonly over: Promise<void>
}

/** Watches a call without letting its rejection go unhandled. */
export function endingOf<T>(call: Promise<T>): Ending<T> {
  const ending: { -readonly [Field in keyof Ending<T>]: Ending<T>[Field] } = {
    state: 'pending',
    over: call.then(
      (value) => {
        ending.state = 'resolved'
        ending.value = value
      },
      (error: unknown) => {
        ending.state = 'rejected'
        ending.error = error
        if (error instanceof OnceError) ending.code = error.code
      },
    ),
  }
  return ending
}

/** What a call rejects with. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  throw new Error('resolved where it should reject')
}
