import type { IncomingMessage } from 'node:http'
import { Problem } from './problem.ts'

/** @throws {@link Problem} 400 or 413 */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    // To the end even when it is too long: only then does the client listen to the answer.
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
    }
  } catch (cause) {
    throw unreadable(400, 'It ended too early.', cause)
  }
  if (bytes > maxBytes) throw unreadable(413, `It has ${bytes} bytes, the most is ${maxBytes}.`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (cause) {
    throw unreadable(400, 'It is not UTF-8.', cause)
  }
}

const maxBytes = 16 * 1024

function unreadable(status: 400 | 413, detail: string, cause?: unknown): Problem {
  const code = status === 413 ? 'BODY_TOO_LONG' : 'MALFORMED_BODY'
  const title = 'The body cannot be read'
  const action = 'Send the payment as JSON, and nothing else.'
  return new Problem({ status, code, title, detail, action }, { cause })
}
