/** What can happen next, everywhere. */
export const KINDS = [
  'tick',
  'call',
  'deliver',
  'receive',
  'retry',
  'give up',
  'return',
  'throw',
  'declare',
  'leave',
  'beat',
  'beat arrives',
  'beat answered',
  'beat lost',
  'extend',
  'extend unheard',
  'extend late',
  'watch arrives',
  'watch stands',
  'watch lost',
  'wake',
  'wake lost',
  'awake',
  'poll',
  'patience',
  'late arrival',
  'late loss',
  'crash',
  'skew',
  'batch arrives',
  'batch lost',
  'clear',
  'force',
  'decide',
  'touch',
  'outage',
  'jump',
] as const

export type Kind = (typeof KINDS)[number]

/** One atomic step of somebody. */
export interface Event {
  readonly kind: Kind
  /** By number. Of no meaning where the kind needs none, like the others. */
  readonly process: number
  readonly key: number
  /** Which of several, or how much. */
  readonly arg: number
}
