import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeCommand } from '../src/ioredis/encode-command.ts'

test('text stays text, lengths count bytes', () => {
  expect(encodeCommand(['SET', 'ключ', ''])).toBe('*3\r\n$3\r\nSET\r\n$8\r\nключ\r\n$0\r\n\r\n')
})

test('any mix of text and bytes is framed as RESP says', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  )
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), (args) => {
      const framed = args.map((arg) => {
        const bytes = Buffer.from(arg)
        return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')])
      })
      const expected = Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...framed])
      expect(Buffer.from(encodeCommand(args)).equals(expected)).toBe(true)
    }),
  )
})
