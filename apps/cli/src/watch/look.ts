import type { Once, RecordView } from '@oncekit/once'

import type { WatchRequest } from './request.ts'

/** What one look at the store found. */
export interface Look {
  readonly records: ReadonlyMap<string, RecordView>
  /** Keys that were asked for one by one, and are gone. */
  readonly gone: ReadonlySet<string>
  /** False: there are more keys than were looked at. */
  readonly complete: boolean
}

/** Looks through the store, as far as a look may go; asks for those of `expected` that it does not meet. */
export async function look(
  once: Once,
  { listing }: WatchRequest,
  expected: Iterable<string>,
  signal: AbortSignal,
): Promise<Look> {
  const records = new Map<string, RecordView>()
  const complete = await list(once, listing, records, signal)
  const gone = new Set<string>()
  const missed = [...expected].filter((key) => !records.has(key)).slice(0, ASKED_AT_MOST)
  await Promise.all(
    missed.map(async (key) => {
      const record = await once.get(key)
      if (record === undefined) gone.add(key)
      else records.set(key, record)
    }),
  )
  return { records, gone, complete }
}

async function list(
  once: Once,
  listing: WatchRequest['listing'],
  records: Map<string, RecordView>,
  signal: AbortSignal,
): Promise<boolean> {
  const late = AbortSignal.timeout(LOOK_MS)
  try {
    for await (const record of once.list({
      ...listing,
      signal: AbortSignal.any([signal, late]),
    })) {
      if (records.size >= LISTED_AT_MOST) return false
      records.set(record.key, record)
    }
    return true
  } catch (error) {
    if (error !== late.reason) throw error
    return false
  }
}

// So that a watch stays a small load for the store, however many keys there are.
export const LISTED_AT_MOST = 1000
const ASKED_AT_MOST = 100
const LOOK_MS = 2000
