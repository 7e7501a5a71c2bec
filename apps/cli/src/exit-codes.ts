/** What `once` itself ends with; a command that ran gives its own. Numbers as in sysexits.h where it has one. */
export const EXIT: {
  readonly ok: 0
  readonly none: 1
  readonly usage: 64
  readonly mismatch: 65
  readonly unavailable: 69
  readonly internal: 70
  readonly tryAgain: 75
  readonly notExecutable: 126
  readonly notFound: 127
} = {
  ok: 0,
  none: 1,
  usage: 64,
  mismatch: 65,
  unavailable: 69,
  internal: 70,
  tryAgain: 75,
  notExecutable: 126,
  notFound: 127,
}

/** The table that every help text ends with. */
export const EXIT_CODE_HELP: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done'],
  ['64', 'the command line or a setting is wrong; nothing was run'],
  [
    '65',
    'the key belongs to something else: another command line, another program, an open decision',
  ],
  ['69', 'the store cannot be reached, or cannot be used'],
  ['70', 'something unexpected inside once'],
  ['75', 'in progress elsewhere, or the wait for it was over; try again later'],
]
