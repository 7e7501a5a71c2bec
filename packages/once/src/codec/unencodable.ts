/** Thrown inside a walk; the walk knows the path, this knows what stands there. */
export class Unencodable extends Error {
  /** A noun phrase: "a function". */
  readonly what: string

  constructor(what: string, options?: ErrorOptions) {
    super(what, options)
    this.what = what
  }
}

/** What stopped a walk, as a noun phrase, whatever was thrown. Never throws itself. */
export function whatStopped(thrown: unknown): string {
  return thrown instanceof Unencodable
    ? thrown.what
    : `a value that could not be read (${messageOf(thrown)})`
}

/** What a thrown thing says, which need not be an error nor behave. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown).slice(0, 200)
  } catch {
    return 'no message'
  }
}
