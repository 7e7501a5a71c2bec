/** 1: standard output, 2: standard error. */
export type StreamNumber = 1 | 2

/** Output that is longer is not kept whole. */
export const KEPT_BYTES: number = 1024 * 1024
/** What is kept of it then, from its end. */
export const TAIL_BYTES: number = 64 * 1024
/**
 * A change of stream costs a few bytes too, so a pathological mixture counts as too long. Twice what the tail can have, so that
 * cutting back to it stays rare.
 */
export const KEPT_SPANS: number = 2 * TAIL_BYTES

/** What a command printed, on both streams, in the order in which it arrived. */
export interface RecordedOutput {
  readonly bytes: Uint8Array
  /** Stream number and length in turn: `[1, 120, 2, 14, 1, 8]`. */
  readonly spans: readonly number[]
  /** What was printed in all; more than `bytes` holds when it was too long. */
  readonly totalBytes: number
}

/** Collects output in bounded memory: all of it, or once it is longer than {@link KEPT_BYTES} its last {@link TAIL_BYTES}. */
export class Recording {
  readonly #bytes = new Bytes()
  #spans: { readonly stream: StreamNumber; length: number }[] = []
  #totalBytes = 0
  #truncated = false

  add(stream: StreamNumber, chunk: Uint8Array): void {
    this.#totalBytes += chunk.length
    let part = chunk
    if (this.#bytes.length + part.length > KEPT_BYTES || this.#spans.length >= KEPT_SPANS) {
      this.#truncated = true
      part = part.subarray(-TAIL_BYTES)
      this.#keepLast(TAIL_BYTES - part.length)
    }
    if (part.length === 0) return
    this.#bytes.append(part)
    const last = this.#spans.at(-1)
    if (last?.stream === stream) last.length += part.length
    else this.#spans.push({ stream, length: part.length })
  }

  finish(): RecordedOutput {
    if (this.#truncated) this.#keepLast(TAIL_BYTES)
    return {
      bytes: this.#bytes.copy(),
      spans: this.#spans.flatMap(({ stream, length }) => [stream, length]),
      totalBytes: this.#totalBytes,
    }
  }

  #keepLast(count: number): void {
    let excess = this.#bytes.length - count
    if (excess <= 0) return
    this.#bytes.keepLast(count)
    let gone = 0
    for (const span of this.#spans) {
      if (span.length > excess) {
        span.length -= excess
        break
      }
      excess -= span.length
      gone++
    }
    this.#spans = this.#spans.slice(gone)
  }
}

/** Bytes in one piece: a program that prints letter by letter would else cost a buffer for each. */
class Bytes {
  #buffer = new Uint8Array(4096)
  #length = 0

  get length(): number {
    return this.#length
  }

  append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(length, this.#buffer.length * 2))
      grown.set(this.copy())
      this.#buffer = grown
    }
    this.#buffer.set(chunk, this.#length)
    this.#length = length
  }

  keepLast(count: number): void {
    this.#buffer.copyWithin(0, this.#length - count, this.#length)
    this.#length = count
  }

  copy(): Uint8Array {
    return this.#buffer.slice(0, this.#length)
  }
}
