import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CommandWriter } from '../src/ioredis/command-writer.ts'

type Args = readonly (string | Buffer)[]

/** What was handed out, piece by piece. */
function recording(): { readonly writer: CommandWriter; readonly pieces: Buffer[] } {
  const pieces: Buffer[] = []
  return { writer: new CommandWriter((bytes) => pieces.push(bytes)), pieces }
}

function framed(args: Args): Buffer {
  const parts = args.map((arg) => {
    const bytes = Buffer.from(arg)
    return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')])
  })
  return Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...parts])
}

test('lengths count bytes, and an empty text is an argument too', () => {
  const { writer, pieces } = recording()
  writer.add(['SET', 'ключ', ''])
  writer.handOut()
  expect(pieces.map(String)).toEqual(['*3\r\n$3\r\nSET\r\n$8\r\nключ\r\n$0\r\n\r\n'])
})

test('commands of one tick are one piece, and nothing is handed out twice', () => {
  const { writer, pieces } = recording()
  writer.add(['GET', 'a'])
  writer.add(['GET', 'b'])
  expect(writer.waiting).toBe(40)
  writer.handOut()
  writer.handOut()
  writer.add(['PING'])
  writer.clear()
  writer.handOut()
  expect(writer.waiting).toBe(0)
  expect(pieces).toEqual([Buffer.concat([framed(['GET', 'a']), framed(['GET', 'b'])])])
})

test('any mix of text and bytes is framed as RESP says, and a piece stays as it was', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme-ascii', minLength: 90, maxLength: 110 }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    // Of a size that fills the memory at hand, or more than that.
    fc.integer({ min: 20_000, max: 80_000 }).map((length) => Buffer.alloc(length, 'x')),
    fc.integer({ min: 9_000, max: 40_000 }).map((length) => 'ä'.repeat(length)),
  )
  const command = fc.array(part, { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(fc.array(fc.tuple(command, fc.boolean()), { maxLength: 8 }), (commands) => {
      const { writer, pieces } = recording()
      for (const [args, handOut] of commands) {
        writer.add(args)
        if (handOut) writer.handOut()
      }
      writer.handOut()
      const expected = Buffer.concat(commands.map(([args]) => framed(args)))
      expect(Buffer.concat(pieces).equals(expected)).toBe(true)
    }),
    { numRuns: effort(100).numRuns },
  )
})
