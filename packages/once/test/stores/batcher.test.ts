import { expect, test } from 'vitest'

import { Batcher } from '../../src/stores/batcher.ts'
import type { BatcherOptions } from '../../src/stores/batcher.ts'

type Answers = (index: number) => string
type Options = Partial<BatcherOptions<string, Answers, string>>

/** Answers each item with itself in capitals, as soon as `answer` is called for its batch. */
function collecting(options: Options = {}): {
  readonly batcher: Batcher<string, Answers, string>
  readonly sent: (readonly string[])[]
  readonly answer: (batch: number) => void
} {
  const sent: (readonly string[])[] = []
  const answers: (() => void)[] = []
  const batcher = new Batcher<string, Answers, string>({
    send: (items) =>
      new Promise((resolve) => {
        sent.push(items)
        answers.push(() => resolve((index) => (items[index] ?? '').toUpperCase()))
      }),
    read: (answerOf) => answerOf,
    sizeOf: (item) => item.length,
    ...options,
  })
  return { batcher, sent, answer: (batch) => answers[batch]?.() }
}

test('what is asked in one tick travels together, in order, and each gets its own answer', async () => {
  const { batcher, sent, answer } = collecting()
  const all = Promise.all(['a', 'b', 'c'].map((item) => batcher.add(item)))
  expect(sent).toEqual([])
  await Promise.resolve()
  expect(sent).toEqual([['a', 'b', 'c']])
  answer(0)
  expect(await all).toEqual(['A', 'B', 'C'])
})

test('callers that the same answers woke travel together again', async () => {
  const { batcher, sent, answer } = collecting()
  const callers = ['a', 'b', 'c'].map(async (item) => batcher.add(`${await batcher.add(item)}2`))
  await Promise.resolve()
  answer(0)
  await expect.poll(() => sent.length).toBe(2)
  answer(1)
  expect(await Promise.all(callers)).toEqual(['A2', 'B2', 'C2'])
  expect(sent[1]).toEqual(['A2', 'B2', 'C2'])
})

test('no batch waits for the answer to another, and answers may come in any order', async () => {
  const { batcher, sent, answer } = collecting()
  const first = batcher.add('a')
  await Promise.resolve()
  const second = batcher.add('b')
  await Promise.resolve()
  expect(sent).toEqual([['a'], ['b']])
  answer(1)
  expect(await second).toBe('B')
  answer(0)
  expect(await first).toBe('A')
})

test('a full batch leaves at once and the rest follows', async () => {
  const { batcher, sent } = collecting({ maxItems: 2 })
  for (const item of ['a', 'b', 'c', 'd', 'e']) void batcher.add(item)
  expect(sent).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ])
  await Promise.resolve()
  expect(sent[2]).toEqual(['e'])
})

test('at most 64 items and 256 KiB share a batch, unless it is said otherwise', async () => {
  const many = collecting()
  for (let n = 0; n < 250; n++) void many.batcher.add(`${n}`)
  await Promise.resolve()
  expect(many.sent.map((items) => items.length)).toEqual([64, 64, 64, 58])

  const heavy = collecting()
  const chunk = 'x'.repeat(100 * 1024)
  for (let n = 0; n < 5; n++) void heavy.batcher.add(chunk)
  await Promise.resolve()
  expect(heavy.sent.map((items) => items.length)).toEqual([2, 2, 1])
})

test('callers that ask together leave in four batches, unless these would be too small', async () => {
  const many = collecting()
  for (let n = 0; n < 40; n++) void many.batcher.add(`${n}`)
  await Promise.resolve()
  expect(many.sent.map((items) => items.length)).toEqual([10, 10, 10, 10])
  expect(many.sent.flat()).toEqual(Array.from({ length: 40 }, (_, n) => `${n}`))

  const few = collecting()
  for (let n = 0; n < 12; n++) void few.batcher.add(`${n}`)
  await Promise.resolve()
  expect(few.sent.map((items) => items.length)).toEqual([6, 6])
})

test('what is on its way by way of another counts too', async () => {
  const load = { unanswered: 0 }
  const [one, other] = [collecting({ load }), collecting({ load })]
  for (let n = 0; n < 64; n++) void one.batcher.add(`${n}`)
  for (let n = 0; n < 24; n++) void other.batcher.add(`${n}`)
  await Promise.resolve()
  expect(other.sent.map((items) => items.length)).toEqual([12, 12])
  for (const batch of one.sent.keys()) one.answer(batch)
  for (const batch of other.sent.keys()) other.answer(batch)
  await expect.poll(() => load.unanswered).toBe(0)
})

/** A caller that takes a few steps after its answer before it asks on. */
function goingOn(
  batcher: ReturnType<typeof collecting>['batcher'],
  order: string[],
): (item: string) => Promise<void> {
  return async (item) => {
    order.push(await batcher.add(item))
    await Promise.resolve()
    await Promise.resolve()
    order.push(`${item} went on`)
  }
}

test('the callers of one batch have asked on before those of the next are answered', async () => {
  const { batcher, answer } = collecting({ maxItems: 2, minItems: 1 })
  const order: string[] = []
  const callers = ['a', 'b', 'c', 'd', 'e', 'f'].map(goingOn(batcher, order))
  for (const batch of [0, 1, 2]) answer(batch)
  await Promise.all(callers)
  expect(order).toEqual([
    ...['A', 'B', 'a went on', 'b went on'],
    ...['C', 'D', 'c went on', 'd went on'],
    ...['E', 'F', 'e went on', 'f went on'],
  ])
})

test('small batches whose answers come together go on together', async () => {
  const { batcher, sent, answer } = collecting({ minItems: 2 })
  const order: string[] = []
  const callers: Promise<void>[] = []
  for (const item of ['a', 'b', 'c']) {
    callers.push(goingOn(batcher, order)(item))
    await Promise.resolve()
  }
  expect(sent).toEqual([['a'], ['b'], ['c']])
  for (const batch of [0, 1, 2]) answer(batch)
  await Promise.all(callers)
  expect(order).toEqual(['A', 'B', 'a went on', 'b went on', 'C', 'c went on'])
})

test('an item bigger than a batch goes alone, in its turn', async () => {
  const { batcher, sent } = collecting({ maxBytes: 4 })
  for (const item of ['aa', 'bigger', 'cc', 'dd', 'e']) void batcher.add(item)
  await Promise.resolve()
  expect(sent).toEqual([['aa'], ['bigger'], ['cc', 'dd'], ['e']])
})

test('groups never share a batch', async () => {
  const { batcher, sent } = collecting({ groupOf: (item) => item.slice(0, 1) })
  for (const item of ['a1', 'b1', 'a2', 'b2']) void batcher.add(item)
  await Promise.resolve()
  expect(sent).toEqual([
    ['a1', 'a2'],
    ['b1', 'b2'],
  ])
})

test('one bad item harms nobody else', async () => {
  const { batcher } = collecting({
    send: (items) =>
      Promise.resolve((index) => {
        if (items[index] === 'bad') throw new Error('bad')
        return 'good'
      }),
  })
  const settled = await Promise.allSettled(['a', 'bad', 'c'].map((item) => batcher.add(item)))
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('a reply that cannot be read at all is told to everybody', async () => {
  const { batcher } = collecting({
    send: () => Promise.resolve(() => ''),
    read: () => {
      throw new Error('no list')
    },
  })
  const settled = await Promise.allSettled([batcher.add('a'), batcher.add('b')])
  expect(settled.map((result) => result.status === 'rejected' && String(result.reason))).toEqual([
    'Error: no list',
    'Error: no list',
  ])
})

test.each([
  ['rejected', () => Promise.reject(new Error('no connection'))],
  [
    'thrown',
    () => {
      throw new Error('no connection')
    },
  ],
])('every caller of a batch that could not be sent is told so: %s', async (_how, send) => {
  const { batcher } = collecting({
    send,
    failure: (reason, item) => new Error(`${item}: ${String(reason)}`),
  })
  const settled = await Promise.allSettled([batcher.add('a'), batcher.add('b')])
  expect(settled.map((result) => result.status === 'rejected' && String(result.reason))).toEqual([
    'Error: a: Error: no connection',
    'Error: b: Error: no connection',
  ])
})
