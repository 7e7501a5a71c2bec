import { CODEC, decodeResult, encodeResult } from '../codec/index.ts'
import type { Encoded } from '../codec/index.ts'
import { OnceError } from '../errors.ts'
import type { OnceRecord } from '../record.ts'

/** What a run left for everybody: the encoded value, and the value itself for the caller who made it. */
export interface Product {
  readonly encoded: Encoded
  readonly original: unknown
}

/** Encodes at once, so that what the callback's owner does with its value afterwards changes nothing. */
export function produce(value: unknown, maxResultBytes: number): Product {
  const encoded = encodeResult(value)
  if (encoded.body.length * MAX_UTF8_PER_UNIT > maxResultBytes) {
    const bytes = Buffer.byteLength(encoded.body)
    if (bytes > maxResultBytes) {
      return {
        encoded: unavailable(`the result has ${bytes} bytes, maxResultBytes is ${maxResultBytes}`),
        original: value,
      }
    }
  }
  return { encoded, original: value }
}

/** The value for the caller whose callback made it: a replay's shape when a replay would differ. */
export function ownValue(product: Product): unknown {
  const { encoded, original } = product
  return encoded.copied ? decodeResult(encoded.codec, encoded.body) : original
}

/**
 * The stored value.
 *
 * @throws OnceError `ONCE_RESULT_UNAVAILABLE` when the operation was done without one, `ONCE_RECORD_UNREADABLE` when it cannot be read
 */
export function replayedValue(key: string, codec: number, body: OnceRecord['body']): unknown {
  if (codec === CODEC.unavailable) {
    throw new OnceError(
      'ONCE_RESULT_UNAVAILABLE',
      `"${key}" was done, but its result could not be stored: ${reasonIn(body)}; it will not run again`,
      { key },
    )
  }
  try {
    return decodeResult(codec, body)
  } catch (cause) {
    throw new OnceError('ONCE_RECORD_UNREADABLE', `the stored result of "${key}" cannot be read`, {
      key,
      cause,
    })
  }
}

export function reasonIn(body: OnceRecord['body']): string {
  return typeof body === 'string' ? body : Buffer.from(body).toString('utf8')
}

/** No UTF-16 unit takes more than three bytes of UTF-8. */
const MAX_UTF8_PER_UNIT = 3

function unavailable(reason: string): Encoded {
  return { codec: CODEC.unavailable, body: reason, copied: false }
}
