/** A payload has no fingerprint, since something in it cannot be told apart from its like. */
export class UnencodablePayload extends Error {
  override readonly name = 'UnencodablePayload'
  /** Where: `payload.items[3].run`. */
  readonly path: string
  /** What stands there, as a noun phrase: `a function`. */
  readonly what: string

  constructor(path: string, what: string, options?: ErrorOptions) {
    super(`${path} is ${what}`, options)
    this.path = path
    this.what = what
  }
}
