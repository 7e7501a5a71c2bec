import * as machine from '../machine.ts'

/** The pure functions of the protocol: what the model is about. A broken one has to be found out. */
export type Machine = Pick<
  typeof machine,
  'claim' | 'extend' | 'commit' | 'release' | 'touch' | 'remove' | 'nextFence'
>

/** The one that the stores use. */
export const MACHINE: Machine = machine
