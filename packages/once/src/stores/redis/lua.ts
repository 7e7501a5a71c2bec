import { HEADER_BYTES, RECORD_VERSION, STATE_CODES } from '../../record.ts'

/** Records up to this size come whole with an answer; of a bigger one the script only says that it is. */
export const WHOLE_BYTES: number = 64 * 1024

/** Records up to this size ride along in the message that wakes waiters. */
const RIDING_BYTES = 4096

/** The one line that reads the server's clock. */
export const CLOCK_LINE = `local time = redis.call('TIME')`

/*
 * Parts of scripts.
 *
 * The bytes of a record are those of `encodeRecord()`. Requests come in the same form, as proto-records: where a script fills in
 * what only it knows, such as the fence, the proto-record carries the numbers of the request; each script says which.
 *
 * Every command runs under `redis.pcall`: what goes wrong with one key, a wrong type for one, is the answer for that key alone.
 *
 * These are parts of text rather than Lua functions, because Redis makes every function anew for every call. Lua is also slow to make
 * strings, for it copies each and looks for it among all others, and slow to turn numbers into text: what most keys of a batch share
 * is made once. One command inside a script costs about as much as ten other lines.
 */

/** What every script begins with. */
export const PRELUDE: string = `
local call, pack, unpack, sub, format = redis.pcall, struct.pack, struct.unpack, string.sub, string.format
local HEADER = '>BBBBI2I2I8I8'
local EXECUTING, INDETERMINATE, EXHAUSTED = ${code('executing')}, ${code('indeterminate')}, ${code('exhausted')}
local RELEASED, TOMBSTONE = ${code('released')}, ${code('tombstone')}
`

/** Store time: `nowMs` and `nowUs`. */
export const CLOCK: string = `
${CLOCK_LINE}
local nowUs = time[1] * 1000000 + time[2]
local nowMs = (nowUs - nowUs % 1000) / 1000
`

/** Before {@link parse}. */
export const HEADER_NAMES: string = `
  local version, state, flags, codec, attempt, metaSize, fence, at
`

/** Reads the record of `key`: `bytes` (at most ${WHOLE_BYTES} and one; '' for none), and what its header says. */
export const LOAD: string = load(WHOLE_BYTES)

/** {@link LOAD} of at most `limit` bytes and one. Returns the error when there is one. */
function load(limit: number): string {
  return `
  local bytes = ${bytesUpTo(limit)}
  ${HEADER_NAMES}
  ${parse(limit)}
`
}

export function bytesUpTo(limit: number): string {
  return `call('GETRANGE', key, '0', '${limit}')`
}

/** What the header of `bytes` says, which are all unless more than `limit`. Returns the error when there is one. */
export function parse(limit: number): string {
  return `
  if type(bytes) ~= 'string' then return bytes end
  if #bytes >= ${HEADER_BYTES} then
    version, state, flags, codec, attempt, metaSize, fence, at = unpack(HEADER, bytes)
    local size = #bytes
    if size > ${limit} then size = call('STRLEN', key) end
    if version ~= ${RECORD_VERSION} or state < EXECUTING or state > TOMBSTONE or flags > 7 or ${HEADER_BYTES} + metaSize > size
      or fence > 9007199254740991 or at > 9007199254740991 then
      state = nil
    end
  end
  if not state and bytes ~= '' then
    version = string.byte(bytes)
    if version ~= ${RECORD_VERSION} then return {err = 'UNREADABLE record version ' .. version .. ', this release reads ${RECORD_VERSION}'} end
    return {err = 'UNREADABLE damaged record of ' .. #bytes .. ' bytes'}
  end
`
}

/** An empty string is no record. */
export const EMPTY: string = `if bytes == '' then return {err = 'UNREADABLE record of 0 bytes'} end`

/** The answer of a key that gave no bytes: either nothing is stored, or an empty string, which is no record. */
export function missing(answer: string): string {
  return `
  if bytes == '' then
    if call('EXISTS', key) == 1 then return {err = 'UNREADABLE record of 0 bytes'} end
    return ${answer}
  end
`
}

/** Whether the owner of the token may still write. */
export const IS_OPEN: string = `(state == EXECUTING or state == INDETERMINATE or state == EXHAUSTED)`

/** `bytes` become all of the record. */
export const LOAD_WHOLE: string = `
  if #bytes > ${WHOLE_BYTES} then bytes = call('GET', key) end
  if type(bytes) ~= 'string' then return bytes end
`

/** Before the keys: most of a batch share a time to live, and Lua prints it once for them. */
export const PRINTING: string = `
local printed, text
`

/** `text` becomes that of a number. */
export function print(number: string): string {
  return `if ${number} ~= printed then
    printed = ${number}
    -- Whole numbers print much faster, but a C long may have 32 bits.
    if printed < 1000000000 then text = format('%d', printed) else text = format('%.0f', printed) end
  end`
}

/** Tells the waiters, if any, that the run is over. `flags` are those before. */
export const WAKE: string = `
  if flags % 4 >= 2 then
    local news = ''
    if call('STRLEN', key) <= ${RIDING_BYTES} then news = call('GET', key) or '' end
    call('PUBLISH', key, news)
  end
`

function code(state: keyof typeof STATE_CODES): number {
  return STATE_CODES[state]
}
