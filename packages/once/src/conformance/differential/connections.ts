import type { OnceStore } from '../../store.ts'
import type { StoreTime } from './time.ts'

/** Connections to one set of records, whose time is the one that was given. */
export interface OpenedConnections {
  /** One or more. The suite closes them. */
  readonly connections: readonly OnceStore[]
  /** Called when the time has moved, and once before anything is asked: for a store that cannot ask a clock of this process. */
  timeMoved?(): Promise<void>
  /** Called when the connections are closed. */
  cleanUp?(): Promise<void>
}

/** Opens connections to records of their own, which live in this time and no other. */
export type OpenConnections = (time: StoreTime) => Promise<OpenedConnections>
