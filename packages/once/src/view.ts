import { CODEC } from './codec/index.ts'
import { reasonIn, replayedValue } from './engine/outcome.ts'
import { holderOf } from './meta.ts'
import type { StoredRecord } from './store.ts'
import type { RecordView } from './types.ts'

/** A stored record as a caller sees it; `undefined` when it reads as none. */
export function viewOf(key: string, stored: StoredRecord | undefined): RecordView | undefined {
  if (stored === undefined || stored.record.state === 'released') return undefined
  const { record } = stored
  const { state } = record
  return {
    key,
    state: record.state as RecordView['state'],
    attempt: record.attempt,
    fence: record.fence,
    ttlMs: stored.expiresInMs,
    leaseLeftMs: stored.leaseLeftMs,
    holder: state === 'executing' || state === 'indeterminate' ? holderOf(record) : {},
    ...(state === 'executing' ? {} : { completedAt: new Date(record.atMs) }),
    ...resultOf(key, stored),
  }
}

function resultOf(key: string, { record }: StoredRecord): Partial<RecordView> {
  if (record.state !== 'succeeded' && record.state !== 'failed') return {}
  if (record.codec === CODEC.unavailable) return { resultUnavailable: reasonIn(record.body) }
  const value = replayedValue(key, record.codec, record.body)
  return record.state === 'succeeded' ? { value } : { error: value }
}
