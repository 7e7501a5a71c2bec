import { crc32 as nativeCrc32 } from 'node:zlib'

/**
 * CRC-32 (IEEE) of the text's UTF-8 bytes, going on from `value`.
 *
 * Keys are short and mostly ASCII: for them a call out of JavaScript costs more than the sum itself.
 */
export function crc32(text: string, value = 0): number {
  let crc = ~value
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit > 0x7f) return nativeCrc32(text, value)
    crc = (TABLE[(crc ^ unit) & 0xff] ?? 0) ^ (crc >>> 8)
  }
  return ~crc >>> 0
}

const TABLE: Int32Array = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})
