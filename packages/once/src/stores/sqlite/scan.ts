import { RecordUnreadable } from '../../record.ts'
import type { ScanPage, ScanRequest } from '../../store.ts'
import { nameBeginning, storageKeyOf } from './name.ts'
import { isLive, stored } from './records.ts'
import type { Snapshot } from './access.ts'

const DEFAULT_LIMIT = 256
/** A page of large records ends early. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024

/** The records whose name begins so, in the order of their names; the cursor is the last name looked at. */
export function scanPage({ records, now }: Snapshot, request: ScanRequest): ScanPage {
  const beginning = nameBeginning(request.prefix, request.suffixPrefix)
  // In byte order nothing lies between a text and itself with a NUL behind it.
  const start = request.cursor === undefined ? beginning : `${request.cursor}\0`
  const limit = request.limit ?? DEFAULT_LIMIT
  const entries: ScanPage['entries'][number][] = []
  let looked = 0
  let bytes = 0
  for (const found of records.from(start, now)) {
    if (!found.name.startsWith(beginning)) break
    // An unreadable record has no state to show; a read of its key tells.
    if (!(found.row instanceof RecordUnreadable) && isLive(found.row, now)) {
      const { state } = found.row.record
      if (request.states === undefined || request.states.includes(state)) {
        entries.push({ key: storageKeyOf(found.name), ...stored(found.row, now) })
        bytes += found.bytes
      }
    }
    looked += 1
    if (looked >= limit || bytes >= MAX_PAGE_BYTES) return { entries, cursor: found.name }
  }
  return { entries, cursor: null }
}
