/**
 * What a record's codec byte says about its body. The numbers are on the wire and never change;
 * a new format gets a new number. The high nibble is reserved: 0x10 compressed, 0x20 encrypted.
 */
export const CODEC: {
  /** The value is `undefined`; the body is empty. */
  readonly none: 0
  /** Plain JSON, lossless for this value. */
  readonly json: 1
  /** Tagged JSON: the format is described in `tagged.ts`. */
  readonly tagged: 2
  /** The operation is done but its value could not be kept; the body says why, in words. */
  readonly unavailable: 15
} = { none: 0, json: 1, tagged: 2, unavailable: 15 }
