/** A promise that was broken. */
export interface Violation {
  /** `I5`, as in docs/guarantees.md. */
  readonly rule: string
  readonly key: string
  readonly message: string
}
