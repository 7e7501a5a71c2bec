/**
 * A command as RESP: text when all arguments are text, which leaves most of the encoding to the
 * socket; else bytes, in one allocation.
 */
export function encodeCommand(args: readonly (string | Buffer)[]): string | Buffer {
  let text = `*${args.length}\r\n`
  for (const arg of args) {
    if (typeof arg !== 'string') return encodeBytes(args)
    text += `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`
  }
  return text
}

function encodeBytes(args: readonly (string | Buffer)[]): Buffer {
  const parts: (string | Buffer)[] = [`*${args.length}\r\n`]
  let size = 0
  for (const arg of args) {
    const length = typeof arg === 'string' ? Buffer.byteLength(arg) : arg.length
    const head = `$${length}\r\n`
    parts.push(head, arg, '\r\n')
    size += head.length + length + 2
  }
  const bytes = Buffer.allocUnsafe(size + String(args.length).length + 3)
  let at = 0
  for (const part of parts) {
    if (typeof part === 'string') at += bytes.write(part, at)
    else at += part.copy(bytes, at)
  }
  return bytes
}
