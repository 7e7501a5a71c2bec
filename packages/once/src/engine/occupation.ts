import type { Holder } from '../errors.ts'
import { holderOf } from '../meta.ts'
import type { OnceRecord } from '../record.ts'
import type { Tenure } from './tenure.ts'

/** Who has a key, and what is left of its lease. */
export interface Occupation {
  /** Read when somebody is told. */
  readonly holder: () => Holder
  readonly leaseLeftMs: number
}

/** By a run of this process; without a tenure it is one without protection. */
export function occupationOf(tenure: Tenure | undefined): Occupation {
  return {
    holder: () => (tenure === undefined ? { pid: process.pid } : holderOf(tenure)),
    leaseLeftMs: tenure?.lease.leftMs ?? UNPROTECTED_RETRY_MS,
  }
}

/** By a run elsewhere. */
export function occupationIn(record: OnceRecord, leaseLeftMs: number): Occupation {
  return { holder: () => holderOf(record), leaseLeftMs }
}

/** A run without a claim has no lease that would say when to ask again. */
const UNPROTECTED_RETRY_MS = 1_000
