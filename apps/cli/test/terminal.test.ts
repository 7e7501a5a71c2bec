import { PassThrough } from 'node:stream'

import { afterEach, describe, expect, test, vi } from 'vitest'

import { outputTo } from '../src/terminal/output.ts'
import { paintFor } from '../src/terminal/paint.ts'
import { printable } from '../src/terminal/printable.ts'
import { Progress } from '../src/terminal/progress.ts'
import { memoryWorld } from './memory-world.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('colours', () => {
  test.each([
    [true, {}, '\u001B[31mx\u001B[39m'],
    [true, { NO_COLOR: '' }, '\u001B[31mx\u001B[39m'],
    [true, { NO_COLOR: '1' }, 'x'],
    [true, { TERM: 'dumb' }, 'x'],
    [false, {}, 'x'],
  ])('on a terminal: %s, with %j', (isTerminal, env, text) => {
    const world = memoryWorld({ isTerminal, env })
    expect(paintFor(world.stdout, world).red('x')).toBe(text)
  })
})

describe('names of others on a terminal', () => {
  test.each([
    ['plain ü 漢字 🎉', 'plain ü 漢字 🎉'],
    ['a\nb\r\tc', String.raw`a\nb\r\tc`],
    ['\u001B[2J', String.raw`\x1B[2J`],
    ['\u009B2J', String.raw`\x9B2J`],
    ['a\u202Eb', String.raw`a\u202Eb`],
  ])('%j is shown as %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })
})

describe('output', () => {
  test('to a reader that went away is dropped', async () => {
    const stream = new PassThrough()
    // The only parts of a terminal stream that are used.
    const output = outputTo(stream as unknown as NodeJS.WriteStream)
    await output.write('a')
    stream.destroy(new Error('EPIPE'))
    await output.write('b')
    await vi.waitFor(() => expect(output.closed).toBe(true))
    await output.write('c')
    expect(output.isTerminal).toBe(false)
  })
})

describe('progress', () => {
  test('is a line on a terminal that counts the seconds and is taken away at the end', async () => {
    vi.useFakeTimers()
    const world = memoryWorld({ isTerminal: true })
    {
      await using progress = new Progress(world.stderr, (seconds) => `working ${seconds}s`)
      vi.advanceTimersByTime(2100)
      expect(world.err()).toBe('\r\u001B[2Kworking 1s\r\u001B[2Kworking 2s')
      await progress.hide()
    }
    expect(world.err().endsWith('\r\u001B[2K')).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is nothing when the work is quick, or nobody watches', async () => {
    vi.useFakeTimers()
    const [terminal, file] = [memoryWorld({ isTerminal: true }), memoryWorld()]
    {
      await using _quick = new Progress(terminal.stderr, () => 'working')
      await using _unseen = new Progress(file.stderr, () => 'working')
      vi.advanceTimersByTime(900)
    }
    expect(terminal.err() + file.err()).toBe('')
  })
})
