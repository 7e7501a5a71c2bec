import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { KEPT_BYTES, KEPT_SPANS, Recording, TAIL_BYTES } from '../src/exec/recording.ts'
import type { StreamNumber } from '../src/exec/recording.ts'
import { bytesOf, execResultOf, isTruncated, pieces } from '../src/exec/result.ts'

type Chunk = readonly [stream: StreamNumber, length: number]

const filled = (length: number, seed: number): Buffer => Buffer.alloc(length, seed % 251)

function record(chunks: readonly Chunk[]) {
  const recording = new Recording()
  chunks.forEach(([stream, length], index) => recording.add(stream, filled(length, index)))
  return recording.finish()
}

/** The same, as simply as it can be said. */
function expected(chunks: readonly Chunk[]) {
  const bytes = chunks.flatMap(([stream, length], index) => [
    { stream, bytes: filled(length, index) },
  ])
  const all = Buffer.concat(bytes.map((piece) => piece.bytes))
  const streams = Buffer.concat(
    bytes.map((piece) => Buffer.alloc(piece.bytes.length, piece.stream)),
  )
  const kept = all.length > KEPT_BYTES ? TAIL_BYTES : all.length
  return {
    all,
    bytes: all.subarray(all.length - kept),
    streams: streams.subarray(all.length - kept),
  }
}

const streamsOf = (output: ReturnType<typeof record>): Buffer =>
  Buffer.concat([...pieces(output)].map(({ stream, bytes }) => Buffer.alloc(bytes.length, stream)))

describe('a recording', () => {
  test('keeps what was printed, on which stream, in order', () => {
    const recording = new Recording()
    for (const [stream, text] of [
      [1, 'a'],
      [1, 'b'],
      [2, 'c'],
      [1, ''],
      [1, 'd'],
    ] as const) {
      recording.add(stream, Buffer.from(text))
    }
    const output = recording.finish()
    expect(Buffer.from(output.bytes).toString()).toBe('abcd')
    expect(output.spans).toEqual([1, 2, 2, 1, 1, 1])
    expect([bytesOf(output, 1).toString(), bytesOf(output, 2).toString()]).toEqual(['abd', 'c'])
    expect(isTruncated(output)).toBe(false)
  })

  test.each([
    [KEPT_BYTES - 1, false],
    [KEPT_BYTES, false],
    [KEPT_BYTES + 1, true],
  ])('of %i bytes in one piece is truncated: %s', (length, truncated) => {
    const output = record([[1, length]])
    expect(isTruncated(output)).toBe(truncated)
    expect(output.bytes.length).toBe(truncated ? TAIL_BYTES : length)
    expect(output.totalBytes).toBe(length)
  })

  test('is never larger than its bound, and equals the simple telling of it', () => {
    const size = fc.oneof(
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: TAIL_BYTES - 2, max: TAIL_BYTES + 2 }),
      fc.integer({ min: KEPT_BYTES / 2 - 2, max: KEPT_BYTES / 2 + 2 }),
      fc.integer({ min: KEPT_BYTES - 2, max: KEPT_BYTES + 2 }),
    )
    const chunk = fc.tuple(fc.constantFrom<StreamNumber>(1, 2), size)
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 12 }), (chunks) => {
        const output = record(chunks)
        const simple = expected(chunks)
        expect(output.totalBytes).toBe(simple.all.length)
        expect(simple.bytes.equals(output.bytes)).toBe(true)
        expect(streamsOf(output).equals(simple.streams)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  test('of a stream change at every byte stays bounded too', () => {
    const recording = new Recording()
    const byte = Buffer.from('x')
    for (let index = 0; index < 200_000; index++) recording.add(index % 2 === 0 ? 1 : 2, byte)
    const output = recording.finish()
    expect(isTruncated(output)).toBe(true)
    expect(output.bytes.length).toBe(TAIL_BYTES)
    expect(output.spans.length).toBeLessThanOrEqual(2 * KEPT_SPANS)
    // What the store is told to take at most.
    expect(JSON.stringify(output.spans).length + (output.bytes.length * 4) / 3).toBeLessThan(
      4 * 1024 * 1024,
    )
  })
})

describe('a stored value', () => {
  const good = {
    format: 'once-exec/1',
    exitCode: 0,
    signal: null,
    bytes: new Uint8Array([1, 2, 3]),
    spans: [1, 2, 2, 1],
    totalBytes: 3,
  }

  test('of once exec is known again, as a Buffer too', () => {
    expect(execResultOf(good)).toEqual(good)
    expect(execResultOf({ ...good, bytes: Buffer.from([1, 2, 3]) })?.exitCode).toBe(0)
  })

  test.each([
    ['nothing', undefined],
    ['text', 'done'],
    ['another format', { ...good, format: 'once-exec/2' }],
    ['no exit code', { ...good, exitCode: '0' }],
    ['an exit code beyond 255', { ...good, exitCode: 256 }],
    ['a negative count', { ...good, totalBytes: -1 }],
    ['spans that say more than there is', { ...good, spans: [1, 4] }],
    ['spans without their end', { ...good, spans: [1, 2, 2] }],
    ['text for bytes', { ...good, bytes: 'abc' }],
    ['a number for a signal', { ...good, signal: 9 }],
  ])('of another program is not taken for one: %s', (_, value) => {
    expect(execResultOf(value)).toBeUndefined()
  })

  test('of any shape is judged without a throw', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (spans, bytes) => {
        expect(() => execResultOf({ ...good, spans, bytes })).not.toThrow()
        expect(() => execResultOf(spans)).not.toThrow()
      }),
    )
  })
})
