import { setTimeout as sleep } from 'node:timers/promises'

import { OnceError } from '@oncekit/once'
import { expect, test } from 'vitest'

import { endingOf, failureOf } from './support/ending.ts'
import type { Ending } from './support/ending.ts'
import { Gate } from './support/gate.ts'
import { Rig } from './support/rig.ts'

test('I11 what happens to the payload after the call changes nothing', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const payload = { amount: 1, lines: ['a'] }
  const call = once.execute('key', () => 'done', { payload })
  payload.amount = 2
  payload.lines.push('b')
  await call
  await expect(
    once.execute('key', () => 'x', { payload: { amount: 1, lines: ['a'] } }),
  ).resolves.toBe('done')
  expect(await failureOf(once.execute('key', () => 'x', { payload }))).toMatchObject({
    code: 'ONCE_MISMATCH',
  })
})

test('I11 what happens to the options after the call changes nothing', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const options: Record<string, unknown> = { ttl: '1h', onDuplicate: 'wait', payload: 1 }
  const call = once.execute('key', () => 'done', options)
  Object.assign(options, { ttl: 'nonsense', onDuplicate: 7, payload: () => 1, signal: 'x' })
  await expect(call).resolves.toBe('done')
  expect((await once.get('key'))?.ttlMs).toBe(3_600_000)
})

test('I11 what the callback does to its arguments changes neither key nor payload', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  interface Order {
    id: number
    total: number
  }
  let runs = 0
  const charge = once.wrap(
    (order: Order) => {
      runs++
      order.id += 100
      order.total = 0
      return 'charged'
    },
    { key: (order) => `order:${order.id}`, payload: (order) => order, ttl: '1h' },
  )
  await charge({ id: 1, total: 5 })
  await expect(charge({ id: 1, total: 5 })).resolves.toBe('charged')
  expect(runs).toBe(1)
  expect(await once.exists('order:101')).toBe(false)
})

test('I11 calls nest on other keys of the same store', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const value = await once.execute('a', async () => {
    const b = await once.execute(
      'b',
      async () => `b(${await once.execute('c', () => 'c', { ttl: '1s' })})`,
    )
    return `a(${b})`
  })
  expect(value).toBe('a(b(c))')
  expect((await once.get('a'))?.ttlMs).toBe(86_400_000)
  await expect(once.execute('b', () => 'second run')).resolves.toBe('b(c)')
})

test('I10 the order of the fields of a payload does not matter, what is in them does', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  await once.execute('key', () => 'done', { payload: { a: 1, b: new Map([['x', 1]]) } })
  await expect(
    once.execute('key', () => 'x', { payload: { b: new Map([['x', 1]]), a: 1 } }),
  ).resolves.toBe('done')
  const others: unknown[] = [
    { a: 1 },
    { a: '1', b: new Map([['x', 1]]) },
    { A: 1, b: new Map([['x', 1]]) },
    { a: 1, b: { x: 1 } },
    null,
    '',
    0,
  ]
  for (const payload of others) {
    expect(await failureOf(once.execute('key', () => 'x', { payload }))).toMatchObject({
      code: 'ONCE_MISMATCH',
    })
  }
})

test('I10 a call without a payload is not compared', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  await once.execute('with', () => 'with', { payload: 1 })
  await expect(once.execute('with', () => 'x')).resolves.toBe('with')
  await once.execute('without', () => 'without')
  await expect(once.execute('without', () => 'x', { payload: 1 })).resolves.toBe('without')
})

test('I10 another payload is told in every state, and changes and tells nothing', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const other = await rig.process()
  const secret = 'SECRET-4711'
  const gate = new Gate()
  const call = endingOf(owner.once.execute('key', gate.pass, { payload: { card: secret } }))
  await gate.entered()
  const mismatch = (): Promise<unknown> =>
    failureOf(other.once.execute('key', () => 'never', { payload: { card: 'other' } }))
  const seen = [await mismatch()]
  gate.open(secret)
  await call.over
  seen.push(await mismatch())
  for (const error of seen) {
    expect(error).toMatchObject({ code: 'ONCE_MISMATCH', name: 'OnceMismatchError' })
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(secret)
  }
  expect((await owner.once.get('key'))?.value).toBe(secret)
  expect(await other.ended('mismatch')).toBe(2)
})

test('I22 a key asked for inside its own callback is told at once', async () => {
  await using rig = new Rig()
  const service = await rig.process()
  const { once } = service
  const calls: Ending<unknown>[] = []
  const inner = await once.execute('key', async () => {
    calls.push(endingOf(once.execute<unknown>('key', () => 'never')))
    calls.push(endingOf<unknown>(once.do('key', () => 'never', { onDuplicate: 'reject' })))
    await once.do('other', () => {
      calls.push(endingOf(once.execute<unknown>('key', () => 'never', { payload: 'another' })))
    })
    await rig.settle()
    return calls.map(({ code, error }) => ({ code, key: error instanceof OnceError && error.key }))
  })
  expect(inner).toHaveLength(3)
  for (const error of inner) expect(error).toEqual({ code: 'ONCE_REENTRANT', key: 'key' })
  expect(await service.ended('rejected')).toBe(3)
})

test('I22 after its callback is over a key may be asked for by what the callback started', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const later = Promise.withResolvers<unknown>()
  const done = Promise.withResolvers<void>()
  await once.execute('key', () => {
    // As a server or a timer that was first started inside a callback.
    void done.promise.then(async () => {
      await sleep(1)
      later.resolve(once.execute('key', () => 'second run').catch((error: unknown) => error))
    })
    return 'done'
  })
  done.resolve()
  expect(await later.promise).toBe('done')
})

test('I22 two keys that wait for each other end by waitTimeout', async () => {
  await using rig = new Rig()
  const { once } = await rig.process({ waitTimeout: 500 })
  const [a, b] = [new Gate(), new Gate()]
  const calls = [
    endingOf(
      once.execute('a', async () => {
        await a.pass()
        return once.execute('b', () => 'unused')
      }),
    ),
    endingOf(
      once.execute('b', async () => {
        await b.pass()
        return once.execute('a', () => 'unused')
      }),
    ),
  ]
  await Promise.all([a.entered(), b.entered()])
  a.open('go')
  b.open('go')
  await rig.clock.advance(1_500)
  expect(calls.map(({ state }) => state)).not.toContain('pending')
  expect(calls.map(({ code }) => code)).toContain('ONCE_WAIT_TIMEOUT')
  expect(await rig.stateOf('a')).not.toBe('executing')
  expect(await rig.stateOf('b')).not.toBe('executing')
})

test('I22 a callback that reads and clears its own key does not hang', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const seen = await once.execute('key', async () => [
    await once.check('key'),
    await once.exists('key'),
    (await once.get('key'))?.state,
    ((await failureOf(once.clear('key'))) as { code: string }).code,
  ])
  expect(seen).toEqual([false, true, 'executing', 'ONCE_IN_PROGRESS'])
})
