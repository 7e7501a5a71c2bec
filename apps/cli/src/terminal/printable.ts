/**
 * Text of others on one line of a terminal: control characters, which could move the cursor or forge lines, become visible escapes.
 * So do the marks that reverse the direction of writing.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const short = SHORT.get(char)
    if (short !== undefined) return short
    const code = char.codePointAt(0) ?? 0
    return code < 256 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`
  })
}

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/g
const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

function hex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, '0')
}
