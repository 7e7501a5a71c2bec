/** A stored body cannot be read. Its `cause`, if any, is the parser's own error. */
export class CodecError extends Error {
  override readonly name = 'CodecError'
}
