import { hash } from 'node:crypto'
import { canonicalText } from './canonical.ts'

/**
 * 16 bytes that tell payloads apart: the first half of the SHA-256 of {@link canonicalText} in
 * UTF-8.
 *
 * @throws {@link UnencodablePayload} naming the place and the kind of what cannot be encoded
 */
export function fingerprintOf(payload: unknown): Uint8Array {
  // Node answers with a binary string in a third of the time it needs for a Buffer.
  const digest = hash('sha256', canonicalText(payload), 'binary')
  return Buffer.from(digest.slice(0, 16), 'latin1')
}
