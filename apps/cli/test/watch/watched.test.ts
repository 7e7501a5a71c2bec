import type { RecordView } from '@oncekit/once'
import { describe, expect, test } from 'vitest'

import type { Look } from '../../src/watch/look.ts'
import { FRESH_MS, Watched } from '../../src/watch/watched.ts'
import { viewOf } from './view-of.ts'

const found = (records: readonly RecordView[], more: Partial<Look> = {}): Look => ({
  records: new Map(records.map((record) => [record.key, record])),
  gone: new Set(),
  complete: true,
  ...more,
})
const gone = (...keys: string[]): Look => found([], { gone: new Set(keys) })
const done = (key: string) => viewOf(key, { state: 'succeeded' })

function watching(options: { all: boolean }, ...looks: readonly Look[]) {
  const watched = new Watched(options)
  const told = looks.map((look, second) =>
    watched.take(look, second * 1000).map(({ name, key }) => `${name} ${key}`),
  )
  const keys = (nowMs = looks.length * 1000 - 1000) => watched.entries(nowMs).map(({ key }) => key)
  return { watched, told, keys }
}

describe('what is watched', () => {
  test('is all seen at first, and then what changes', () => {
    const { told } = watching(
      { all: false },
      found([viewOf('a')]),
      found([viewOf('a'), viewOf('b')]),
      found([viewOf('a'), done('b')]),
    )
    expect(told).toEqual([['seen a'], ['started b'], ['succeeded b']])
  })

  test('asks for keys that run or wait for a decision, and for no others', () => {
    const { watched } = watching(
      { all: true },
      found([viewOf('a'), done('b'), viewOf('c', { state: 'indeterminate' })]),
    )
    expect([...watched.expected()]).toEqual(['a', 'c'])
  })

  test('shows what changed last at the top, and above it what somebody should see, while it is fresh', () => {
    const { keys } = watching(
      { all: false },
      found([viewOf('a'), viewOf('b'), viewOf('c')]),
      found([viewOf('a'), viewOf('b', { fence: 2, attempt: 2 }), viewOf('c')]),
      found([viewOf('a'), viewOf('b', { fence: 2, attempt: 2 }), viewOf('c'), viewOf('d')]),
    )
    expect(keys()).toEqual(['b', 'd', 'a', 'c'])
    expect(keys(60_000)).toEqual(['d', 'b', 'a', 'c'])
  })

  test('keeps a key that ended for a while, and tells its end once', () => {
    const { watched, told, keys } = watching(
      { all: false },
      found([viewOf('a'), viewOf('b')]),
      found([done('a')], { gone: new Set(['b']) }),
      found([]),
    )
    expect(told.slice(1)).toEqual([['succeeded a', 'released b'], []])
    expect(keys()).toEqual(['a', 'b'])
    expect(watched.take(found([]), 1000 + FRESH_MS)).toEqual([])
    expect(keys()).toEqual([])
  })

  test('with all, keeps finished keys until they are forgotten', () => {
    const { told, keys, watched } = watching({ all: true }, found([done('a')]), found([done('a')]))
    expect(told).toEqual([['seen a'], []])
    watched.take(found([done('a')]), 60_000)
    expect(keys()).toEqual(['a'])
    expect(watched.take(found([]), 61_000).map(({ name }) => name)).toEqual(['forgotten'])
  })

  test('that is gone and comes back has started', () => {
    const { told } = watching({ all: false }, found([viewOf('a')]), gone('a'), found([viewOf('a')]))
    expect(told).toEqual([['seen a'], ['released a'], ['started a']])
  })

  test('of a part, takes no key that was not met for gone, and no finished one for new', () => {
    const part = { complete: false }
    const { told } = watching(
      { all: true },
      found([viewOf('a'), done('b')], part),
      found([done('c')], part),
      found([viewOf('a'), done('b'), viewOf('d')], part),
    )
    expect(told).toEqual([['seen a', 'seen b'], [], ['started d']])
  })
})
