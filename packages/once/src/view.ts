import { CODEC } from './codec/index.ts'
import { reasonIn, replayedValue } from './engine/outcome.ts'
import { isOnceError } from './errors.ts'
import { holderOf } from './meta.ts'
import type { StoredRecord } from './store.ts'
import type { RecordView } from './types.ts'

/** A stored record as a caller sees it; `undefined` when it reads as none. */
export function viewOf(key: string, stored: StoredRecord | undefined): RecordView | undefined {
  if (stored === undefined || stored.record.state === 'released') return undefined
  return { ...viewWithoutResult(key, stored), ...resultOf(key, stored) }
}

function viewWithoutResult(key: string, stored: StoredRecord): RecordView {
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
  }
}

/** {@link viewOf}, for a list: a value that cannot be read hides neither its record nor any other. */
export function listedView(key: string, stored: StoredRecord): RecordView | undefined {
  try {
    return viewOf(key, stored)
  } catch (error) {
    if (!isOnceError(error, 'ONCE_RECORD_UNREADABLE')) throw error
    return { ...viewWithoutResult(key, stored), resultUnavailable: error.message }
  }
}

function resultOf(key: string, { record }: StoredRecord): Partial<RecordView> {
  if (record.state !== 'succeeded' && record.state !== 'failed') return {}
  if (record.codec === CODEC.unavailable) return { resultUnavailable: reasonIn(record.body) }
  const value = replayedValue(key, record.codec, record.body)
  return record.state === 'succeeded' ? { value } : { error: value }
}
