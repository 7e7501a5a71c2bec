import type { RecordedOutput, StreamNumber } from './recording.ts'

/** What a key of `once exec` holds when its command is done. */
export interface ExecResult extends RecordedOutput {
  readonly format: 'once-exec/1'
  readonly exitCode: number
  /** The signal that ended the command; `null` when it exited by itself. */
  readonly signal: string | null
}

/** A stored value as the result of `once exec`; `undefined` when another program wrote it. */
export function execResultOf(value: unknown): ExecResult | undefined {
  if (typeof value !== 'object' || value === null || !('format' in value)) return undefined
  if (value.format !== 'once-exec/1') return undefined
  const { exitCode, signal, bytes, spans, totalBytes } = value as Partial<
    Record<keyof ExecResult, unknown>
  >
  if (!isCount(exitCode) || exitCode > 255 || !isCount(totalBytes)) return undefined
  if (signal !== null && typeof signal !== 'string') return undefined
  if (!(bytes instanceof Uint8Array) || !Array.isArray(spans) || !fits(spans, bytes))
    return undefined
  return { format: 'once-exec/1', exitCode, signal, bytes, spans, totalBytes }
}

/** The printed pieces, in order. */
export function* pieces(
  output: RecordedOutput,
): Generator<{ stream: StreamNumber; bytes: Uint8Array }> {
  let at = 0
  for (let index = 0; index < output.spans.length; index += 2) {
    const length = output.spans[index + 1] ?? 0
    yield {
      stream: output.spans[index] === 2 ? 2 : 1,
      bytes: output.bytes.subarray(at, at + length),
    }
    at += length
  }
}

/** What was printed on one stream. */
export function bytesOf(output: RecordedOutput, stream: StreamNumber): Buffer {
  return Buffer.concat(
    [...pieces(output)].filter((piece) => piece.stream === stream).map(({ bytes }) => bytes),
  )
}

export function isTruncated(output: RecordedOutput): boolean {
  return output.totalBytes > output.bytes.length
}

function fits(spans: readonly unknown[], bytes: Uint8Array): spans is readonly number[] {
  if (spans.length % 2 !== 0 || !spans.every(isCount)) return false
  const length = spans.reduce((sum, value, index) => (index % 2 === 1 ? sum + value : sum), 0)
  return length === bytes.length
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
