/** What a process may do otherwise than the protocol asks of it. Each of these is one guard taken away. */
export interface Conduct {
  /** Extends a claim older than half its lease before it starts the callback. */
  readonly freshens: boolean
  /** The instant from which the owner counts its lease. */
  readonly countsFrom: 'request' | 'answer'
  /** Which clock tells what has passed of the lease: the larger of both, or the wall clock alone. */
  readonly clock: 'larger' | 'wall'
  /** Aborts the run's signal when its own count of the lease is over, or the store says that it is lost. */
  readonly tellsLoss: boolean
  /** Sends a commit whose answer was lost again until the lease is over. */
  readonly insists: boolean
  /** What an unanswered commit leads to is the commit again, and not the callback. */
  readonly runsOnce: boolean
  /** Goes on sending it after the caller was told that nobody knows. */
  readonly commitGoesOn: boolean
  /** What is done with a key whose commit got no answer. */
  readonly unanswered: 'kept' | 'released'
  /** After a refused commit the caller is a duplicate, and gets what the winner left. */
  readonly adoptsWinner: boolean
  /** A run that everybody left keeps its claim until it settles. */
  readonly keepsUntilSettled: boolean
  /** Looks again once its subscription stands. */
  readonly looksAgain: boolean
  /** Tells a duplicate "done" only after a finished record was read. */
  readonly readsOutcome: boolean
  /** Has the store's answer to the declaration of an effect before it attempts the effect. */
  readonly declaresFirst: boolean
}

/** What the engine does. */
export const CONDUCT: Conduct = {
  freshens: true,
  countsFrom: 'request',
  clock: 'larger',
  tellsLoss: true,
  insists: true,
  runsOnce: true,
  commitGoesOn: true,
  unanswered: 'kept',
  adoptsWinner: true,
  keepsUntilSettled: true,
  looksAgain: true,
  readsOutcome: true,
  declaresFirst: true,
}
