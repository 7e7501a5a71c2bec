/** The command line cannot be understood. Nothing was opened and nothing was run. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** What to do about it, as the end of the line. */
  readonly next: string | undefined

  constructor(message: string, next?: string) {
    super(message)
    this.next = next
  }
}
