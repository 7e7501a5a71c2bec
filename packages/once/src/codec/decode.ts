import { isUtf8 } from 'node:buffer'
import { CODEC } from './codec.ts'
import { CodecError } from './codec-error.ts'
import { revive } from './revive.ts'
import type { Json } from './tagged.ts'

/**
 * The value a body holds, fresh on every call. Nothing in a body is executed, and no prototype is
 * touched.
 *
 * @throws {@link CodecError} when the codec is unknown, the body is malformed, or the codec says
 * that there is no value
 */
export function decodeResult(codec: number, body: string | Uint8Array): unknown {
  const text = typeof body === 'string' ? body : textOf(body)
  switch (codec) {
    case CODEC.none:
      if (text === '') return undefined
      throw new CodecError('A result without a value has a body')
    case CODEC.json:
      return attempt(() => JSON.parse(text))
    case CODEC.tagged:
      return attempt(() => revive(JSON.parse(text) as Json))
    case CODEC.unavailable:
      throw new CodecError(`The result was not kept: ${text}`)
    default:
      throw new CodecError(`The result has codec ${codec}, which this version does not know`)
  }
}

function textOf(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new CodecError('The stored result is not UTF-8')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function attempt(decode: () => unknown): unknown {
  try {
    return decode()
  } catch (thrown) {
    throw thrown instanceof CodecError
      ? thrown
      : new CodecError('The stored result is malformed', { cause: thrown })
  }
}
