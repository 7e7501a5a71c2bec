import { Once } from '@oncekit/once'
import { expect, test } from 'vitest'

import { endingOf, failureOf } from './support/ending.ts'
import { Gate } from './support/gate.ts'
import { LEASE_MS, Rig, STORE_TIMEOUT_MS } from './support/rig.ts'

test('I16 clear forgets a finished key, and tells whether there was one', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  await once.do('key', () => undefined)
  expect(await once.clear('key')).toBe(true)
  expect(await once.clear('key')).toBe(false)
  expect(await once.delete('key')).toBe(false)
  await expect(once.execute('key', () => 'second run')).resolves.toBe('second run')
})

test('I16 clear is refused while the key is executing, and tells who does it', async () => {
  await using rig = new Rig()
  const owner = await rig.process({ serviceName: 'payments' })
  const other = await rig.process()
  const gate = new Gate()
  const call = owner.once.execute('key', gate.pass)
  await gate.entered()
  for (const { once } of [owner, other]) {
    expect(await failureOf(once.clear('key'))).toMatchObject({
      code: 'ONCE_IN_PROGRESS',
      holder: { service: 'payments' },
      retryAfterMs: LEASE_MS,
    })
  }
  gate.open('done')
  await expect(call).resolves.toBe('done')
})

test('I16 a clear whose answer was lost does not say that there was nothing to clear', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  await once.do('key', () => undefined)
  faults.fail('remove', 'answer lost', 1)
  const clear = endingOf(once.clear('key', { force: true }))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(clear).toMatchObject({ state: 'rejected', code: 'ONCE_STORE_UNAVAILABLE' })
  expect(await once.exists('key')).toBe(false)
  // Asked again, it knows.
  expect(await once.clear('key')).toBe(false)
})

test('I16 a clear whose answer was lost does not say that it was refused by who came after it', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  const other = await rig.process()
  await once.do('key', () => undefined)
  faults.fail('remove', 'answer lost', 1)
  const clear = endingOf(once.clear('key'))
  await rig.clock.advance(0)
  const gate = new Gate()
  const next = other.once.execute('key', gate.pass)
  await gate.entered()
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(clear).toMatchObject({ state: 'rejected', code: 'ONCE_STORE_UNAVAILABLE' })
  gate.open('second run')
  await expect(next).resolves.toBe('second run')
})

test('I16 a clear that failed before it was carried out clears when it is asked for again', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  await once.do('key', () => undefined)
  faults.fail('remove', 'refused', 1)
  const clear = endingOf(once.clear('key'))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(clear).toMatchObject({ state: 'resolved', value: true })
})

test('I17 a clear of many counts what went though its answer was lost', async () => {
  await using rig = new Rig()
  const { once, faults } = await rig.process()
  for (const key of ['a', 'b', 'c']) await once.do(key, () => undefined)
  faults.fail('remove', 'answer lost', 1)
  const clear = endingOf(once.clearByPrefix(''))
  await rig.clock.advance(STORE_TIMEOUT_MS)
  expect(clear).toMatchObject({ value: { cleared: 3, skippedExecuting: 0 } })
})

test('I16 after a forced clear the old owner commits nothing, and the next caller runs', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const other = await rig.process()
  const gate = new Gate()
  const old = endingOf(owner.once.execute('key', gate.pass))
  await gate.entered()
  expect(await other.once.clear('key', { force: true })).toBe(true)
  await expect(other.once.execute('key', () => 'new')).resolves.toBe('new')
  gate.open('old')
  await rig.clock.advance(1_000)
  expect(old).toMatchObject({ state: 'resolved', value: 'new' })
  expect((await other.once.get('key'))?.value).toBe('new')
})

test('I16 a key whose owner died may be cleared once its lease is over', async () => {
  await using rig = new Rig()
  const owner = await rig.process()
  const other = await rig.process()
  endingOf(owner.once.execute('key', new Gate().pass))
  await rig.settle()
  owner.kill()
  expect(await failureOf(other.once.clear('key'))).toMatchObject({ code: 'ONCE_IN_PROGRESS' })
  await rig.clock.advance(LEASE_MS)
  expect(await other.once.clear('key')).toBe(true)
})

test('check, exists and get tell an executing key from a finished one', async () => {
  await using rig = new Rig()
  const owner = await rig.process({ serviceName: 'payments' })
  const { once } = await rig.process()
  expect([await once.check('key'), await once.exists('key'), await once.get('key')]).toEqual([
    false,
    false,
    undefined,
  ])
  const gate = new Gate<unknown>()
  const call = owner.once.execute('key', gate.pass, { ttl: '1h' })
  await gate.entered()
  expect([await once.check('key'), await once.exists('key')]).toEqual([false, true])
  expect(await once.get('key')).toMatchObject({
    key: 'key',
    state: 'executing',
    attempt: 1,
    leaseLeftMs: LEASE_MS,
    holder: { service: 'payments', pid: process.pid },
  })
  expect(await once.get('key')).not.toHaveProperty('value')
  gate.open({ receipt: 7n })
  await call
  expect([await once.check('key'), await once.exists('key')]).toEqual([true, true])
  expect(await once.get('key')).toMatchObject({
    state: 'succeeded',
    value: { receipt: 7n },
    ttlMs: 3_600_000,
    leaseLeftMs: 0,
    completedAt: expect.any(Date),
  })
})

test('I4 a failed key reads as none', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  await failureOf(once.execute('key', () => Promise.reject(new Error('no'))))
  expect([await once.check('key'), await once.exists('key'), await once.get('key')]).toEqual([
    false,
    false,
    undefined,
  ])
})

test('I17 clearByPrefix takes the prefix literally', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const odd = [
    '%',
    '_',
    '*',
    '?',
    '[a-z]',
    '{a}',
    '\\',
    '🔑',
    'é',
    "';--",
    '..',
    '\u0000',
    'a:b',
    '@a',
  ]
  for (const prefix of odd) {
    await once.do(`${prefix}1`, () => undefined)
    await once.do(`${prefix}2`, () => undefined)
  }
  await once.do('other', () => undefined)
  let left = odd.length * 2 + 1
  for (const prefix of odd) {
    expect(await once.clearByPrefix(prefix)).toEqual({ cleared: 2, skippedExecuting: 0 })
    left -= 2
    expect(await count(once)).toBe(left)
  }
  expect(await once.check('other')).toBe(true)
})

test('I17 clearByPrefix leaves what is executing, and counts it', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const gate = new Gate()
  await once.do('job:1', () => undefined)
  const call = once.execute('job:2', gate.pass)
  await gate.entered()
  await once.do('jobs', () => undefined)
  expect(await once.clearByPrefix('job:')).toEqual({ cleared: 1, skippedExecuting: 1 })
  gate.open('done')
  await expect(call).resolves.toBe('done')
  expect(await once.check('jobs')).toBe(true)
})

test('I25 a prefix never touches another that begins as it does', async () => {
  await using rig = new Rig()
  const prefixes = ['app', 'app:1', 'app}', '{app', 'app%', 'APP', 'äpp', 'app@x']
  const services = await Promise.all(prefixes.map((prefix) => rig.process({ prefix })))
  for (const [index, { once }] of services.entries()) {
    await expect(once.execute('key', () => index)).resolves.toBe(index)
    await expect(once.execute(':key', () => -index)).resolves.toBe(-index)
  }
  await services[0]?.once.clearByPrefix('')
  for (const [index, { once }] of services.entries())
    expect(await count(once)).toBe(index === 0 ? 0 : 2)
})

test('I25 keys that look alike are different keys', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const keys = [
    'a',
    'A',
    'a ',
    ' a',
    'a:b',
    'a%3Ab',
    'a{b}',
    '{a}:b',
    '}',
    ':',
    '@',
    'é',
    'e\u0301',
    'a\u0000b',
    'a\u0000',
    '\u0000a',
    '\ufffd',
    '🔑',
    '\u202ea',
    'x'.repeat(255),
    'x'.repeat(254) + 'y',
    '__proto__',
    'constructor',
  ]
  for (const [index, key] of keys.entries()) {
    await expect(once.execute(key, () => index)).resolves.toBe(index)
  }
  const listed: string[] = []
  for await (const { key } of once.list()) listed.push(key)
  expect(listed.toSorted()).toEqual(keys.toSorted())
})

test('I25 derived keys differ by key and by name, and are the same in every attempt', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const derived: string[] = []
  for (const [key, name] of [
    ['a', 'bc'],
    ['ab', 'c'],
    ['a', 'bc'],
  ] as const) {
    derived.push(await once.execute(key, (run) => run.deriveKey(name)))
    await once.clear(key)
  }
  expect(derived[0]).toMatch(/^[\w-]{43}$/)
  expect(derived[0]).toBe(derived[2])
  expect(derived[0]).not.toBe(derived[1])
})

test('I15 an outcome is kept for its ttl from completion, and then the key is new', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const gate = new Gate()
  const call = once.execute('key', gate.pass, { ttl: '2s' })
  await gate.entered()
  await rig.clock.advance(10_000)
  gate.open('done')
  await call
  await rig.clock.advance(1_999)
  expect(await once.check('key')).toBe(true)
  await rig.clock.advance(1)
  expect(await once.check('key')).toBe(false)
  await expect(once.execute('key', () => 'new')).resolves.toBe('new')
})

test('I15 a duplicate changes the ttl of nobody', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  await once.execute('key', () => 'done', { ttl: '1h' })
  await once.execute('key', () => 'unused', { ttl: '1s' })
  await once.execute('key', () => 'unused', { ttl: '24h' })
  expect((await once.get('key'))?.ttlMs).toBe(3_600_000)
})

test('I15 a ttl beyond what a timer can hold is kept', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  await once.execute('key', () => 'done', { ttl: '365d' })
  await rig.clock.advance(300 * 86_400_000)
  expect(await once.check('key')).toBe(true)
  expect((await once.get('key'))?.ttlMs).toBe(65 * 86_400_000)
})

test('I26 a full memory store refuses new keys, never drops a live one, and takes new ones when old ones expire', async () => {
  await using once = await Once.create({ ...Once.defaultConfig('test'), maxEntries: 3 })
  for (const key of ['a', 'b', 'c']) await once.do(key, () => undefined)
  const error = await failureOf(once.do('d', () => undefined))
  expect(error).toMatchObject({ code: 'ONCE_STORE_FULL' })
  expect((error as Error).message).toContain('maxEntries')
  for (const key of ['a', 'b', 'c']) expect(await once.check(key)).toBe(true)
  await once.clear('a')
  await once.do('d', () => undefined)
  expect(await once.check('d')).toBe(true)
})

test('I26 a full memory store finds what expired after it last looked', async () => {
  await using rig = new Rig()
  await using once = await Once.create(
    { ...Once.defaultConfig('test'), maxEntries: 2, ttl: '24h' },
    { clock: rig.clock },
  )
  await once.do('long', () => undefined)
  await once.do('cleared', () => undefined)
  // Full: it searches, and finds that nothing expires within the hour.
  expect(await failureOf(once.do('refused', () => undefined))).toMatchObject({
    code: 'ONCE_STORE_FULL',
  })
  await once.clear('cleared')
  await once.do('short', () => undefined, { ttl: '1s' })
  await rig.clock.advance(10_000)
  await expect(once.execute('fits', () => 'now')).resolves.toBe('now')
})

async function count(once: Once): Promise<number> {
  let records = 0
  for await (const _record of once.list()) records++
  return records
}
