/** What is checked, by its number in the guarantees. `effect`: what was declared is never run again by itself. */
export const INVARIANTS = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I9',
  'I10',
  'I15',
  'I16',
  'I18',
  'I20',
  'I21',
  'I23',
  'effect',
] as const

export type Invariant = (typeof INVARIANTS)[number]

/** An invariant does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly invariant: Invariant

  constructor(invariant: Invariant, reason: string) {
    super(reason)
    this.invariant = invariant
  }
}
