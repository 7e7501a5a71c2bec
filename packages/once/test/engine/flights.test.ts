import { AsyncLocalStorage } from 'node:async_hooks'

import { expect, test } from 'vitest'

import { endingOf, failureOf } from './support/ending.ts'
import { Gate } from './support/gate.ts'
import { LEASE_MS, Rig, STORE_TIMEOUT_MS } from './support/rig.ts'

test('I1 a hundred callers of one process share one run', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  let runs = 0
  const values = await Promise.all(
    Array.from({ length: 100 }, () =>
      once.execute('key', async () => {
        runs++
        await rig.clock.advance(10)
        return { charged: 100n, at: new Date(0), lines: new Map([['a', 1]]) }
      }),
    ),
  )
  expect(runs).toBe(1)
  for (const value of values) {
    expect(value).toStrictEqual({ charged: 100n, at: new Date(0), lines: new Map([['a', 1]]) })
  }
})

test('I2 each follower gets a copy of its own', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const gate = new Gate<{ lines: string[] }>()
  const calls = [1, 2, 3].map(() => once.execute('key', gate.pass))
  await gate.entered()
  gate.open({ lines: ['a'] })
  const [first, second, third] = await Promise.all(calls)
  second?.lines.push('changed by the second caller')
  expect(first).toEqual({ lines: ['a'] })
  expect(third).toEqual({ lines: ['a'] })
})

test('I10 another payload is told at once, while the first one runs in this process', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const gate = new Gate()
  const first = once.execute('key', gate.pass, { payload: { amount: 1 } })
  await gate.entered()
  const error = await failureOf(
    once.execute('key', gate.pass, { payload: { amount: 2 }, onDuplicate: 'reject' }),
  )
  expect(error).toMatchObject({ code: 'ONCE_MISMATCH', key: 'key', retryable: false })
  gate.open('done')
  await expect(first).resolves.toBe('done')
  expect(gate.calls).toBe(1)
})

test('a caller that would rather not wait is told at once that this process runs the key', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const gate = new Gate()
  const first = once.execute('key', gate.pass)
  await gate.entered()
  const second = failureOf(once.execute('key', gate.pass, { onDuplicate: 'reject' }))
  gate.open('done')
  expect(await second).toMatchObject({ code: 'ONCE_IN_PROGRESS', holder: { pid: process.pid } })
  await first
})

test('a caller that came before the claim was answered, and would rather not wait, is told once the run begins', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const gate = new Gate()
  const first = once.execute('key', gate.pass)
  const second = failureOf(once.execute('key', gate.pass, { onDuplicate: 'reject' }))
  await expect(second).resolves.toMatchObject({ code: 'ONCE_IN_PROGRESS' })
  gate.open('done')
  await first
})

test('I15 the ttl is that of the caller whose claim it is', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const gate = new Gate()
  const calls = [
    once.execute('key', gate.pass, { ttl: 1_000 }),
    once.execute('key', gate.pass, { ttl: '24h' }),
  ]
  await gate.entered()
  await rig.clock.advance(500)
  gate.open('done')
  await Promise.all(calls)
  expect((await once.get('key'))?.ttlMs).toBe(1_000)
})

test('I15 the ttl stays that of the claim when its caller leaves and another one runs', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.fail('claim', { answeredAfterMs: 100 })
  const leaving = new AbortController()
  const first = endingOf(once.execute('key', () => 'first', { ttl: '1h', signal: leaving.signal }))
  const second = endingOf(once.execute('key', () => 'second', { ttl: '2h' }))
  await rig.settle()
  leaving.abort()
  await first.over
  await rig.clock.advance(100)
  expect(second).toMatchObject({ state: 'resolved', value: 'second' })
  expect((await once.get('key'))?.ttlMs).toBe(3_600_000)
})

test('a call right after a failed one begins anew', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const values: unknown[] = []
  for (let attempt = 0; attempt < 3; attempt++) {
    values.push(
      await once
        .execute('key', () => Promise.reject(new Error(`no ${attempt}`)))
        .catch((error: unknown) => (error as Error).message),
    )
  }
  values.push(await once.execute('key', () => 'done'), await once.execute('key', () => 'again'))
  expect(values).toEqual(['no 0', 'no 1', 'no 2', 'done', 'done'])
})

test('a call made in the very handler of a rejection begins anew', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const first = Promise.withResolvers<string>()
  const call = once.executeOutcome('key', () => Promise.reject(new Error('no')))
  call.then(undefined, () => first.resolve(once.execute('key', () => 'done')))
  const second = Promise.withResolvers<string>()
  once
    .executeOutcome('key', () => Promise.reject(new Error('no')))
    .then(undefined, () => {
      queueMicrotask(() => second.resolve(once.execute('key', () => 'done')))
    })
  await expect(Promise.all([first.promise, second.promise])).resolves.toEqual(['done', 'done'])
})

test('a call at any moment of a dying flight is answered', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const answers: Promise<unknown>[] = []
  for (let ticks = 0; ticks < 40; ticks++) {
    const key = `key ${ticks}`
    answers.push(once.execute(key, () => Promise.reject(new Error('no'))).catch(() => 'failed'))
    let after: Promise<unknown> = Promise.resolve()
    for (let tick = 0; tick < ticks; tick++) after = after.then(() => undefined)
    answers.push(after.then(() => once.execute(key, () => 'done').catch(() => 'failed')))
  }
  await expect(Promise.all(answers)).resolves.toHaveLength(80)
})

test('a caller that leaves takes nobody with it', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const gate = new Gate()
  let aborted = false
  const leaving = new AbortController()
  const first = endingOf(
    once.execute(
      'key',
      (run) => {
        run.signal.addEventListener('abort', () => (aborted = true))
        return gate.pass()
      },
      { signal: leaving.signal },
    ),
  )
  const second = once.executeOutcome('key', gate.pass)
  await gate.entered()
  const reason = new Error('the client has hung up')
  leaving.abort(reason)
  await first.over
  expect(first.error).toBe(reason)
  expect(aborted).toBe(false)
  gate.open('done')
  await expect(second).resolves.toMatchObject({ value: 'done', replayed: true })
})

test('I21 when every caller has left the run is told, and keeps its claim until it settles', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const gate = new Gate()
  const reasons: unknown[] = []
  const leaving = [new AbortController(), new AbortController()]
  const calls = leaving.map(({ signal }) =>
    endingOf(
      once.execute(
        'key',
        (run) => {
          run.signal.addEventListener('abort', () => reasons.push(run.signal.reason))
          return gate.pass()
        },
        { signal },
      ),
    ),
  )
  await gate.entered()
  leaving[0]?.abort()
  await calls[0]?.over
  expect(reasons).toEqual([])
  leaving[1]?.abort()
  await calls[1]?.over
  expect(reasons).toHaveLength(1)
  await rig.clock.advance(LEASE_MS * 3)
  expect(await rig.stateOf('key')).toBe('executing')
  gate.break(new Error('stopped half-way'))
  await rig.settle()
  expect(await rig.stateOf('key')).toBe('none')
})

test('I21 a run that every caller has left and that ends well all the same is kept', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const gate = new Gate()
  const leaving = new AbortController()
  const call = endingOf(once.execute('key', gate.pass, { signal: leaving.signal }))
  await gate.entered()
  leaving.abort()
  await call.over
  gate.open('done')
  await rig.settle()
  await expect(once.execute('key', () => 'second run')).resolves.toBe('done')
})

test('I21 a new caller does not inherit the abort of those who left before it came', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const leaving = new AbortController()
  const settled = Promise.withResolvers<void>()
  const abandoned = endingOf(
    once.execute(
      'key',
      async (run) => {
        await new Promise((resolve) => run.signal.addEventListener('abort', resolve))
        await settled.promise
        throw run.signal.reason
      },
      { signal: leaving.signal },
    ),
  )
  await rig.settle()
  leaving.abort()
  await abandoned.over
  const next = endingOf(once.execute('key', () => 'its own run'))
  await rig.settle()
  expect(next.state).toBe('pending')
  settled.resolve()
  await rig.clock.advance(1_000)
  expect(next).toMatchObject({ state: 'resolved', value: 'its own run' })
})

test('I16 after a forced clear the next caller of the same process runs, though the old callback hangs', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const hung = new Gate()
  endingOf(once.execute('key', hung.pass))
  await hung.entered()
  await once.clear('key', { force: true })
  // The owner hears of it with its next heartbeat.
  await rig.clock.advance(LEASE_MS)
  const next = endingOf(once.execute('key', () => 'its own run'))
  await rig.clock.advance(1_000)
  expect(next).toMatchObject({ state: 'resolved', value: 'its own run' })
})

test('I6 a callback that hangs beyond maxRuntime does not hold the key of its own process for ever', async () => {
  await using rig = new Rig()
  const { once } = await rig.process({ maxRuntime: 10_000 })
  const hung = new Gate()
  const first = endingOf(once.execute('key', hung.pass))
  await hung.entered()
  await rig.clock.advance(10_000 + LEASE_MS + 1_000)
  const next = endingOf(once.executeOutcome('key', () => 'second attempt'))
  await rig.clock.advance(1_000)
  expect(next).toMatchObject({ state: 'resolved', value: { value: 'second attempt', attempt: 2 } })
  hung.open('too late')
  await rig.clock.advance(1_000)
  expect(first).toMatchObject({ state: 'resolved', value: 'second attempt' })
})

test('I7 a process that lost its lease gives new callers what the winner left, though its own callback hangs', async () => {
  await using rig = new Rig()
  const loser = await rig.process()
  const winner = await rig.process()
  const hung = new Gate()
  endingOf(loser.once.execute('key', hung.pass))
  await hung.entered()
  loser.pause()
  await rig.clock.advance(LEASE_MS + 1)
  await expect(winner.once.execute('key', () => 'winner')).resolves.toBe('winner')
  loser.resume()
  await rig.clock.advance(LEASE_MS)
  const next = endingOf(loser.once.execute('key', () => 'third'))
  await rig.clock.advance(1_000)
  expect(next).toMatchObject({ state: 'resolved', value: 'winner' })
})

test('a follower that takes the lead runs in its own async context', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const request = new AsyncLocalStorage<string>()
  const leaving = new AbortController()
  const seen: (string | undefined)[] = []
  const callback = (): string => {
    seen.push(request.getStore())
    return 'done'
  }
  const first = endingOf(
    request.run('first request', () => once.execute('key', callback, { signal: leaving.signal })),
  )
  const second = request.run('second request', () => once.execute('key', callback))
  leaving.abort()
  await first.over
  await second
  expect(seen).toEqual(['second request'])
})

test('I22 a follower that takes the lead is not taken for a part of the callback that its leader ran in', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.fail('claim', { answeredAfterMs: 100 })
  const leaving = new AbortController()
  const outer = endingOf(
    once.execute('outer', () => once.execute('inner', () => 'unused', { signal: leaving.signal })),
  )
  await rig.clock.advance(100)
  const follower = endingOf(
    once.execute('inner', () => once.execute('outer', () => 'outer again', { waitTimeout: 50 })),
  )
  leaving.abort(new Error('the inner caller has left'))
  await rig.clock.advance(1_000)
  expect(outer.state).toBe('rejected')
  expect(follower).toMatchObject({ state: 'resolved', value: 'outer again' })
})

test('a flight under way answers within one storeTimeout when the store hangs', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  faults.failAll('hangs')
  const calls = [1, 2, 3].map(() => endingOf(once.execute('key', () => 'never')))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(calls.map(({ code }) => code)).toEqual(Array(3).fill('ONCE_STORE_UNAVAILABLE'))
})
