import { describe, expect, test } from 'vitest'

import { paintFor } from '../../src/terminal/paint.ts'
import { screen } from '../../src/watch/screen.ts'
import { Watched } from '../../src/watch/watched.ts'
import type { RecordView } from '@oncekit/once'
import { memoryWorld } from '../memory-world.ts'
import { viewOf } from './view-of.ts'

const nowMs = Date.UTC(2026, 10, 21, 12)
const plain = paintFor(memoryWorld().stdout, { env: {} })
const since = new Date(nowMs - 65_000)
const holder = { service: 'pay', host: 'h', pid: 7, since }

function shown(
  looks: readonly (readonly RecordView[])[],
  options: { columns?: number; rows?: number; laterMs?: number; notes?: string[] } = {},
): readonly string[] {
  const watched = new Watched({ all: true })
  for (const records of looks) {
    const found = new Map(records.map((record) => [record.key, record]))
    watched.take({ records: found, gone: new Set(), complete: true }, nowMs)
  }
  const { columns = 120, rows = 24, laterMs = 0, notes = [] } = options
  const at = nowMs + laterMs
  const scene = { title: 'memory:', notes, entries: watched.entries(at), nowMs: at }
  return screen(scene, { columns, rows }, plain)
}

describe('the screen', () => {
  test('tells who holds a key, in which attempt, since when, and what is left of the lease', () => {
    expect(shown([[viewOf('order-1', { holder, fence: 42 })]])).toEqual([
      'once watch  1 executing  memory:',
      'KEY         STATE      ATTEMPT  LEASE LEFT  SINCE   WHAT HAPPENED, WHO HOLDS IT',
      'order-1     executing  1        2.0s        1m 5s   pay on h, pid 7 · fence 42',
    ])
  })

  test('counts the lease down between looks, and past its end', () => {
    const look = [[viewOf('k', { holder })]]
    expect(shown(look, { laterMs: 700 })[2]).toContain('  1.3s  ')
    expect(shown(look, { laterMs: 2500 })[2]).toContain('  over 0.5s  ')
  })

  test('points out a takeover for five seconds: who has it, who had it', () => {
    const looks = [[viewOf('k', { fence: 8 })], [viewOf('k', { fence: 9, attempt: 2 })]]
    expect(shown(looks)[2]).toContain(
      'taken over · pay on h, pid 9 · before: pay on h, pid 8 · fence 9',
    )
    expect(shown(looks, { laterMs: 5000 })[2]).toMatch(/ pay on h, pid 9 · fence 9$/)
  })

  test('is never larger than the window, and says how much it leaves out', () => {
    const records = Array.from({ length: 50 }, (_, index) =>
      viewOf(`a key that is rather long ${index}`.padEnd(90, '.'), { holder }),
    )
    for (const [columns, rows] of [
      [80, 10],
      [20, 3],
      [300, 24],
    ] as const) {
      const lines = shown([records], { columns, rows, notes: ['the store is away '.repeat(9)] })
      expect(lines.length).toBeLessThanOrEqual(Math.max(rows, 4))
      expect(Math.max(...lines.slice(1).map((line) => line.length))).toBeLessThanOrEqual(columns)
      expect(lines.at(-1)).toMatch(/^and \d+ more$/)
    }
    const lines = shown([records], { rows: 10 })
    expect(lines).toHaveLength(10)
    expect(lines.at(-1)).toBe('and 43 more')
  })

  test('shows names of others, and does not obey them', () => {
    expect(shown([[viewOf('\u001B[2J')]])[2]).toContain(String.raw`\x1B[2J`)
  })

  test('says so when nothing runs', () => {
    expect(shown([[]])).toEqual(['once watch  0 executing  memory:', 'nothing runs'])
  })
})
