import { expect, test } from 'vitest'

import { endingOf } from './support/ending.ts'
import { Gate } from './support/gate.ts'
import { LEASE_MS, Rig, STORE_TIMEOUT_MS } from './support/rig.ts'

test('I5 a callback three leases long runs once', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const other = await rig.process({ waitTimeout: '1h' })
  const gate = new Gate()
  const first = owner.once.executeOutcome('key', gate.pass)
  await gate.entered()
  const second = other.once.executeOutcome('key', gate.pass)
  await rig.clock.advance(LEASE_MS * 3)
  gate.open('done')
  await expect(first).resolves.toMatchObject({ value: 'done', replayed: false, attempt: 1 })
  await expect(second).resolves.toMatchObject({ value: 'done', replayed: true })
  expect(gate.calls).toBe(1)
  expect((await owner.details()).executions + (await other.details()).executions).toBe(1)
})

test('I6 after an owner died another runs no later than a lease and a second', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const heir = await rig.process({ waitTimeout: '1h' })
  const gate = new Gate()
  const runs: { attempt: number; fence: number }[] = []
  endingOf(
    owner.once.execute('key', ({ attempt, fence }) => {
      runs.push({ attempt, fence })
      return gate.pass()
    }),
  )
  await gate.entered()
  owner.kill()
  const inherited = endingOf(
    heir.once.executeOutcome('key', ({ attempt, fence }) => {
      runs.push({ attempt, fence })
      return 'heir'
    }),
  )
  await rig.clock.advance(LEASE_MS - 1)
  expect(runs).toHaveLength(1)
  await rig.clock.advance(1_001)
  expect(inherited).toMatchObject({ state: 'resolved', value: { value: 'heir', attempt: 2 } })
  expect(runs[1]?.attempt).toBe(2)
  expect(runs[1]?.fence).toBeGreaterThan(runs[0]?.fence ?? Infinity)
  expect(heir.said('took over')).toBe(true)
})

test('I7 a process that was paused beyond its lease commits nothing, and its caller adopts what the winner left', async () => {
  await using rig = new Rig()
  const paused = await rig.process()
  const winner = await rig.process()
  const gate = new Gate()
  const first = endingOf(paused.once.executeOutcome('key', gate.pass))
  await gate.entered()
  paused.pause()
  await rig.clock.advance(LEASE_MS + 1)
  await expect(winner.once.execute('key', () => 'winner')).resolves.toBe('winner')
  gate.open('loser')
  paused.resume()
  await rig.clock.advance(1_000)
  expect(first).toMatchObject({
    state: 'resolved',
    value: { value: 'winner', replayed: true, leaseLost: true, attempt: 2 },
  })
  expect((await winner.once.get('key'))?.value).toBe('winner')
  expect(await paused.ended('lease_lost')).toBe(1)
  expect(paused.said('lease lost')).toBe(true)
})

test('I7 a caller whose callback gives up because the lease is lost adopts what the winner left', async () => {
  await using rig = new Rig()
  const paused = await rig.process()
  const winner = await rig.process()
  const first = endingOf(
    paused.once.executeOutcome(
      'key',
      (run) =>
        new Promise((_, reject) => {
          run.signal.addEventListener('abort', () => reject(run.signal.reason))
        }),
    ),
  )
  await rig.settle()
  paused.pause()
  await rig.clock.advance(LEASE_MS + 1)
  await winner.once.execute('key', () => 'winner')
  paused.resume()
  await rig.clock.advance(1_000)
  expect(first).toMatchObject({ state: 'resolved', value: { value: 'winner', leaseLost: true } })
})

test('I7 a caller whose callback gives up at the deadline adopts what the winner left, also when extensions hang', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const winner = await rig.process()
  owner.faults.fail('extend', 'hangs')
  const first = endingOf(
    owner.once.executeOutcome(
      'key',
      (run) =>
        new Promise((_, reject) => {
          run.signal.addEventListener('abort', () => {
            // It takes a while to stop, and meanwhile another caller takes the key.
            rig.clock.setTimeout(() => reject(run.signal.reason), 100)
          })
        }),
    ),
  )
  await rig.settle()
  const second = endingOf(winner.once.execute('key', () => 'winner'))
  await rig.clock.advance(LEASE_MS + 1_000)
  expect(second).toMatchObject({ state: 'resolved', value: 'winner' })
  expect(first).toMatchObject({ state: 'resolved', value: { value: 'winner', leaseLost: true } })
})

test('I7 an owner whose key went to another payload gets ONCE_LEASE_LOST', async () => {
  await using rig = new Rig()
  const paused = await rig.process()
  const winner = await rig.process()
  const gate = new Gate()
  const first = endingOf(paused.once.execute('key', gate.pass, { payload: 1 }))
  await gate.entered()
  await winner.once.clear('key', { force: true })
  await winner.once.execute('key', () => 'other', { payload: 2 })
  gate.open('loser')
  await rig.clock.advance(1_000)
  expect(first).toMatchObject({ state: 'rejected', code: 'ONCE_LEASE_LOST' })
  expect(await paused.ended('lease_lost')).toBe(1)
  expect((await winner.once.get('key'))?.value).toBe('other')
})

test('I7 an owner that finds nothing left of its key gets ONCE_LEASE_LOST', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const operator = await rig.process()
  const gate = new Gate()
  const first = endingOf(owner.once.execute('key', gate.pass))
  await gate.entered()
  await operator.once.clear('key', { force: true })
  gate.open('loser')
  await rig.clock.advance(1_000)
  expect(first).toMatchObject({ state: 'rejected', code: 'ONCE_LEASE_LOST' })
  expect(await rig.stateOf('key')).toBe('none')
})

test('I7 an owner that lost its lease waits for the winner, and has its own patience for it', async () => {
  await using rig = new Rig()
  const paused = await rig.process({ waitTimeout: 2_000 })
  const winner = await rig.process()
  const [lost, won] = [new Gate(), new Gate()]
  const first = endingOf(paused.once.executeOutcome('key', lost.pass))
  await lost.entered()
  paused.pause()
  await rig.clock.advance(LEASE_MS + 1)
  const second = winner.once.execute('key', won.pass)
  await won.entered()
  lost.open('loser')
  paused.resume()
  await rig.clock.advance(800)
  expect(first.state).toBe('pending')
  won.open('winner')
  await second
  // Nobody announces the end to one that never claimed again: it polls, once a second at the latest.
  await rig.clock.advance(1_000)
  expect(first).toMatchObject({ state: 'resolved', value: { value: 'winner', leaseLost: true } })
})

test('I7 a call that comes while an owner looks for what is left of its key is not told that it lost a lease', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const operator = await rig.process()
  const gate = new Gate()
  const first = endingOf(owner.once.execute('key', gate.pass))
  await gate.entered()
  await operator.once.clear('key', { force: true })
  owner.faults.fail('read', { answeredAfterMs: 100 })
  gate.open('loser')
  await rig.clock.advance(50)
  const newcomer = endingOf(owner.once.execute('key', () => 'newcomer'))
  await rig.clock.advance(1_000)
  expect(newcomer).toMatchObject({ state: 'resolved', value: 'newcomer' })
  // The loser may as well be given the newcomer's outcome: it never is its own.
  expect(['ONCE_LEASE_LOST', undefined]).toContain(first.code)
})

test('I7 the run is told at the deadline of its lease, although the store gives no answer', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  const gate = new Gate()
  let toldAtMs = -1
  endingOf(
    once.execute('key', (run) => {
      run.signal.addEventListener('abort', () => (toldAtMs = rig.clock.monotonic()))
      return gate.pass()
    }),
  )
  await gate.entered()
  faults.failAll('hangs')
  await rig.clock.advance(LEASE_MS - 1)
  expect(toldAtMs).toBe(-1)
  await rig.clock.advance(2)
  expect(toldAtMs).toBeGreaterThanOrEqual(LEASE_MS)
  expect(toldAtMs).toBeLessThanOrEqual(LEASE_MS + 1)
})

test('I3 an extension that fails now and then loses no lease', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  const gate = new Gate()
  let told = false
  let tries = 0
  faults.fail('extend', () => (tries++ % 2 === 0 ? 'refused' : undefined))
  const call = once.execute('key', (run) => {
    run.signal.addEventListener('abort', () => (told = true))
    return gate.pass()
  })
  await gate.entered()
  await rig.clock.advance(LEASE_MS * 5)
  expect(told).toBe(false)
  gate.open('done')
  await expect(call).resolves.toBe('done')
})

test('I3 a commit after the lease is over counts while nobody else has taken the key', async () => {
  await using rig = new Rig()
  const paused = await rig.process()
  const gate = new Gate()
  const call = endingOf(paused.once.executeOutcome('key', gate.pass))
  await gate.entered()
  paused.pause()
  await rig.clock.advance(LEASE_MS * 2)
  gate.open('late, but first')
  paused.resume()
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(call).toMatchObject({
    state: 'resolved',
    value: { value: 'late, but first', leaseLost: false },
  })
})

test('I1 a process that was paused between its claim and its callback starts nothing that another has begun', async () => {
  await using rig = new Rig()
  const paused = await rig.process({ waitTimeout: '1h' })
  const winner = await rig.process()
  let started = false
  paused.faults.fail('claim', { answeredAfterMs: 0 }, 1)
  const first = endingOf(
    paused.once.execute('key', () => {
      started = true
      return 'loser'
    }),
  )
  // The claim is granted, and the process stands still before it hears of it.
  paused.pause()
  await rig.clock.advance(LEASE_MS + 1)
  const gate = new Gate()
  const second = winner.once.execute('key', gate.pass)
  await gate.entered()
  paused.resume()
  await rig.clock.advance(1_000)
  expect(started).toBe(false)
  gate.open('winner')
  await second
  await rig.clock.advance(2_000)
  // Whether the old answer or its deadline is seen first, the call ends without a run.
  expect([first.value, first.code]).toContainEqual(
    expect.stringMatching(/^(winner|ONCE_STORE_UNAVAILABLE)$/),
  )
  expect(started).toBe(false)
})

test('I1 a process that was suspended with its machine goes on as a duplicate of whoever took its claim', async () => {
  await using rig = new Rig()
  const suspended = await rig.process({ waitTimeout: '1h' })
  const winner = await rig.process()
  suspended.faults.fail('claim', { answeredAfterMs: 10 }, 1)
  let started = false
  const first = endingOf(
    suspended.once.executeOutcome('key', () => {
      started = true
      return 'loser'
    }),
  )
  suspended.clock.skewMs = LEASE_MS * 2
  await rig.settle()
  await winner.once.clear('key', { force: true })
  const gate = new Gate()
  const second = winner.once.execute('key', gate.pass)
  await gate.entered()
  await rig.clock.advance(500)
  expect(first.state).toBe('pending')
  gate.open('winner')
  await second
  await rig.clock.advance(1_000)
  expect(first).toMatchObject({
    state: 'resolved',
    value: { value: 'winner', replayed: true, leaseLost: false },
  })
  expect(started).toBe(false)
})

test('a claim older than half its lease is extended before the callback starts', async () => {
  await using rig = new Rig()
  const { once, faults, clock } = await rig.process()
  faults.fail('claim', { answeredAfterMs: 10 })
  const order: string[] = []
  faults.fail('extend', () => {
    order.push('extend')
    return undefined
  })
  const call = once.execute('key', () => {
    order.push('callback')
    return 'done'
  })
  // As after a suspend: the monotonic clock stood still, the wall clock tells how long.
  clock.skewMs = LEASE_MS * 0.6
  await rig.clock.advance(10)
  await call
  expect(order).toEqual(['extend', 'callback'])
})

test('a claim that was lost before its callback started, and whose key is free again, is made anew', async () => {
  await using rig = new Rig()
  const { once, faults, clock } = await rig.process()
  faults.fail('claim', { answeredAfterMs: 10 }, 1)
  const call = endingOf(once.execute('key', () => 'done'))
  clock.skewMs = LEASE_MS * 0.6
  await rig.settle()
  const operator = await rig.process()
  await operator.once.clear('key', { force: true })
  await rig.clock.advance(1_000)
  expect(call).toMatchObject({ state: 'resolved', value: 'done' })
})

test('a claim whose extension gets no answer before the callback starts is given back', async () => {
  await using rig = new Rig()
  const { once, faults, clock } = await rig.process()
  faults.fail('claim', { answeredAfterMs: 10 }, 1)
  faults.fail('extend', 'hangs')
  let started = false
  const call = endingOf(
    once.execute('key', () => {
      started = true
    }),
  )
  clock.skewMs = LEASE_MS * 0.6
  await rig.clock.advance(10 + STORE_TIMEOUT_MS)
  expect(call).toMatchObject({ state: 'rejected', code: 'ONCE_STORE_UNAVAILABLE' })
  expect(started).toBe(false)
  await rig.clock.advance(100)
  expect(await rig.stateOf('key')).toBe('none')
})

test('an owner that lost its lease to one that died does not ask the store without a pause', async () => {
  await using rig = new Rig()
  const paused = await rig.process({ waitTimeout: 5_000 })
  const winner = await rig.process()
  const [lost, won] = [new Gate(), new Gate()]
  const first = endingOf(paused.once.execute('key', lost.pass))
  await lost.entered()
  paused.pause()
  await rig.clock.advance(LEASE_MS + 1)
  endingOf(winner.once.execute('key', won.pass))
  await won.entered()
  winner.kill()
  lost.open('loser')
  paused.resume()
  await rig.clock.advance(5_000)
  expect(first.state).toBe('rejected')
  // A floor of 50 ms growing to 1 s is about a dozen looks in this time.
  expect(paused.faults.times('read')).toBeLessThan(50)
})

test('I18 clocks that are a day off change nothing', async () => {
  await using rig = new Rig()
  const day = 86_400_000
  const early = await rig.process()
  const late = await rig.process({ waitTimeout: '1h' })
  early.clock.skewMs = -day
  late.clock.skewMs = day
  const gate = new Gate()
  const first = early.once.executeOutcome('key', gate.pass)
  await gate.entered()
  const second = late.once.executeOutcome('key', gate.pass)
  await rig.clock.advance(LEASE_MS * 2)
  gate.open('done')
  await expect(Promise.all([first, second])).resolves.toMatchObject([
    { value: 'done', replayed: false },
    { value: 'done', replayed: true },
  ])
  const third = await late.once.executeOutcome('later', () => 'done')
  expect(third).toMatchObject({ replayed: false, leaseLost: false })
  await expect(early.once.execute('later', () => 'second run')).resolves.toBe('done')
  expect((await early.once.get('later'))?.ttlMs).toBe(day)
})

test('I18 a wall clock that is set back does not lengthen a lease', async () => {
  await using rig = new Rig()
  const { once, faults, clock } = await rig.process()
  const gate = new Gate()
  let toldAtMs = -1
  endingOf(
    once.execute('key', (run) => {
      run.signal.addEventListener('abort', () => (toldAtMs = rig.clock.monotonic()))
      return gate.pass()
    }),
  )
  await gate.entered()
  faults.failAll('hangs')
  clock.skewMs = -86_400_000
  await rig.clock.advance(LEASE_MS + 1)
  expect(toldAtMs).toBeGreaterThan(0)
})

test('I3 the fence grows with every claim, across release, clear and expiry', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const fences: number[] = []
  const run = async (ends: () => Promise<unknown>): Promise<void> => {
    await once
      .execute(
        'key',
        ({ fence }) => {
          fences.push(fence)
          return ends()
        },
        { ttl: 50 },
      )
      .catch(() => undefined)
  }
  await run(() => Promise.reject(new Error('released')))
  await run(() => Promise.resolve('cleared'))
  await once.clear('key')
  await run(() => Promise.resolve('expires'))
  await rig.clock.advance(51)
  await run(() => Promise.resolve('last'))
  expect(fences).toHaveLength(4)
  expect(fences).toEqual(fences.toSorted((a, b) => a - b))
  expect(new Set(fences).size).toBe(4)
})

test('a run beyond maxRuntime loses its lease and is told', async () => {
  await using rig = new Rig()
  const { once } = await rig.process({ maxRuntime: 5_000 })
  const gate = new Gate()
  let told = false
  endingOf(
    once.execute('key', (run) => {
      run.signal.addEventListener('abort', () => (told = true))
      return gate.pass()
    }),
  )
  await gate.entered()
  await rig.clock.advance(4_999)
  expect(told).toBe(false)
  await rig.clock.advance(LEASE_MS + 1_000)
  expect(told).toBe(true)
})
