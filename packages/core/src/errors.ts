// Registered globally, so that two installed copies of this package know each other's errors.
const brand: unique symbol = Symbol.for('oncekit.error')

/** What an {@link OncekitError} may carry besides its code and message. */
export interface OncekitErrorOptions {
  /** Can the same call succeed later without a change? Default `false`. */
  readonly retryable?: boolean
  /** What went wrong below, such as the driver's error. */
  readonly cause?: unknown
}

/**
 * The base of every error that Oncekit throws.
 *
 * @example
 * ```ts
 * import { isOncekitError } from '@oncekit/core'
 *
 * const isBusy = (error: unknown): boolean => isOncekitError(error, 'ONCE_IN_PROGRESS')
 * ```
 */
export class OncekitError extends Error {
  /** Stable, in the form `PACKAGE_REASON`; switch on this rather than on the message. */
  readonly code: string
  /** Whether the same call can succeed later without a change. */
  readonly retryable: boolean

  constructor(code: string, message: string, options: OncekitErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.retryable = options.retryable ?? false
  }

  static {
    Object.defineProperty(this.prototype, brand, { value: true })
    Object.defineProperty(this.prototype, 'name', {
      // A getter, because the stack's first line is written before a constructor could set it.
      get(this: OncekitError): string {
        return this.constructor.name
      },
      set(this: OncekitError, value: string) {
        Object.defineProperty(this, 'name', { value, writable: true, configurable: true })
      },
    })
  }

  /** For logs and wire: no cause, no stack, nothing that could hold a secret. */
  toJSON(): { name: string; code: string; message: string; retryable: boolean } {
    return {
      name: this.name,
      code: this.code,
      message: this.message,
      retryable: this.retryable,
    }
  }
}

/**
 * Is this an Oncekit error (with this code)? Holds for errors of another installed copy of the
 * package too, where `instanceof` fails.
 */
export function isOncekitError(value: unknown, code?: string): value is OncekitError {
  try {
    return (
      typeof value === 'object' &&
      value !== null &&
      brand in value &&
      (code === undefined || ('code' in value && value.code === code))
    )
  } catch {
    // A proxy that refuses to be looked at is none of ours.
    return false
  }
}
