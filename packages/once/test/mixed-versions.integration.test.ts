import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once as event } from 'node:events'
import { fileURLToPath } from 'node:url'

import { Once } from '@oncekit/once'
import type { OnceConfig } from '@oncekit/once'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'

import { storageKey } from '../src/key.ts'
import { encodeRecord } from '../src/record.ts'
import type { OnceStore } from '../src/store.ts'
import { openStore } from '../src/stores/open-store.ts'
import { settingsOf } from '../src/settings.ts'
import type { OldClaim, OldOutcome } from './mixed-versions-old-client.ts'
import { FLAG, STATES, writeOld } from './mixed-versions-record.ts'
import type { OldRecord, Refusal } from './mixed-versions-record.ts'
import type { Order } from './mixed-versions-old-process.ts'
import { SqliteFile } from './stores/sqlite-file.ts'
import { vectors } from './vectors.ts'

describe.for(['redis', 'sqlite'])('this release and another one on one store (%s)', (kind) => {
  const opened = new AsyncDisposableStack()
  const prefix = `mixed-${randomUUID()}`
  let once: Once
  let store: OnceStore
  let old: OldProcess

  beforeAll(async () => {
    const file = opened.use(await SqliteFile.create())
    const config: OnceConfig = {
      ...Once.defaultConfig('test'),
      store: kind === 'redis' ? inject('redisUrl') : `sqlite:${file.path}`,
      prefix,
    }
    store = opened.use(await openStore(config, settingsOf(config), {}))
    once = opened.use(await Once.create(config, { store }))
    // A file is made by whoever comes first; then it is anybody's.
    await once.execute('first', () => 1)
    old = opened.use(await OldProcess.start(config.store, prefix))
  })
  afterAll(() => opened.disposeAsync())

  test.for(vectors.records)(
    'of the other one this one reads $name',
    async ({ record, hex, name }) => {
      const key = `vector ${name}`
      await old.plant(key, Buffer.from(hex, 'hex'))
      const stored = await store.read(storageKey(prefix, key))
      const body =
        'text' in record.body ? Buffer.from(record.body.text).toString('hex') : record.body.hex
      expect(
        stored && { ...stored.record, body: Buffer.from(stored.record.body).toString('hex') },
      ).toEqual({
        ...record,
        body,
      })
      expect((await store.read(storageKey(prefix, key)))?.expiresInMs).toBeUndefined()
    },
  )

  test('of this one the other reads every state, and would write the same bytes', async () => {
    const { promise: running, resolve: finish } = Promise.withResolvers<string>()
    const execution = once.execute('running', () => running, { payload: { order: 1 } })
    await expect.poll(() => once.exists('running')).toBe(true)
    await once.execute('done', () => ({ big: 2n ** 70n, text: 'é€😀' }))
    await once.execute('nothing', () => undefined)
    await once.execute('large', () => 'x'.repeat(200_000))
    await once.execute('kept back', () => () => 'a function')
    const states: string[] = []
    for (const key of ['running', 'done', 'nothing', 'large', 'kept back']) {
      const read = wellRead(await old.read(key))
      states.push(STATES[read.state] ?? '')
      const stored = await store.read(storageKey(prefix, key))
      const bytes = stored === undefined ? Buffer.alloc(0) : encodeRecord(stored.record)
      expect(writeOld(read).equals(Buffer.from((await old.bytes(key)) ?? []))).toBe(true)
      expect(writeOld(read).equals(bytes)).toBe(true)
    }
    expect(states).toEqual(['executing', 'succeeded', 'succeeded', 'succeeded', 'succeeded'])
    expect(wellRead(await old.read('running')).flags & FLAG.fingerprint).toBe(FLAG.fingerprint)
    finish('finished')
    expect(await execution).toBe('finished')
  })

  test('what the other one did is done for this one', async () => {
    await old.run('done by the other', { state: 'succeeded', codec: 1, body: hexOf('{"paid":12}') })
    expect(await once.execute('done by the other', () => 'ran again')).toEqual({ paid: 12 })
    await old.run('failed there', { state: 'failed', codec: 1, body: hexOf('"declined"') })
    await expect(once.execute('failed there', () => 'ran again')).rejects.toBe('declined')
  })

  test('what this one did is done for the other', async () => {
    await once.execute('done by this one', () => ['value'])
    const claim = await old.claim('done by this one')
    expect(claim).toMatchObject({ status: 'done', record: { codec: 1, body: hexOf('["value"]') } })
  })

  test('a key that the other one runs is in progress here, and its end wakes who waits', async () => {
    const token = newToken()
    expect(await old.claim('theirs', token)).toMatchObject({ status: 'claimed', attempt: 1 })
    await expect(
      once.execute('theirs', () => 'ran', { onDuplicate: 'reject' }),
    ).rejects.toMatchObject({
      code: 'ONCE_IN_PROGRESS',
      holder: { host: 'another release' },
    })
    const waiting = once.execute('theirs', () => 'ran')
    await expect
      .poll(async () => wellRead(await old.read('theirs')).flags & FLAG.waiters)
      .toBe(FLAG.waiters)
    const outcome: OldOutcome = { state: 'succeeded', codec: 1, body: hexOf('"theirs"') }
    expect(await old.commit('theirs', token, outcome)).toBe('committed')
    expect(await waiting).toBe('theirs')
  })

  test('a key that this one runs is in progress there, and cannot be committed with another token', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const execution = once.execute('ours', () => promise)
    await expect.poll(() => once.exists('ours')).toBe(true)
    expect(await old.claim('ours')).toMatchObject({ status: 'executing' })
    const outcome: OldOutcome = { state: 'succeeded', codec: 1, body: hexOf('"stolen"') }
    expect(await old.commit('ours', newToken(), outcome)).toBe('lost')
    resolve('ours')
    expect(await execution).toBe('ours')
    expect(await old.read('ours')).toMatchObject({ body: hexOf('"ours"') })
  })

  test('when the other one died mid-run this one takes over, with a higher attempt and fence', async () => {
    const token = newToken()
    const dead = await old.claim('dead', token, 50)
    const fence = dead.status === 'claimed' ? Number(dead.fence) : Infinity
    const run = await once.execute('dead', ({ attempt, fence: mine }) => ({ attempt, mine }))
    expect(run.attempt).toBe(2)
    expect(run.mine).toBeGreaterThan(fence)
    const outcome: OldOutcome = { state: 'succeeded', codec: 1, body: hexOf('"late"') }
    expect(await old.commit('dead', token, outcome)).toBe('lost')
  })

  test('fences grow, whichever of the two claims', async () => {
    const fences: number[] = []
    for (let round = 0; round < 6; round++) {
      if (round % 2 === 0) fences.push(await once.execute('turns', ({ fence }) => fence))
      else {
        const claim = await old.claim('turns')
        fences.push(claim.status === 'claimed' ? Number(claim.fence) : 0)
      }
      await once.clear('turns', { force: true })
    }
    expect(fences).toEqual([...new Set(fences)].toSorted((a, b) => a - b))
  })

  test('of many keys that both go for at once each is run by one of them', async () => {
    const keys = Array.from({ length: 50 }, (_, at) => `race ${at}`)
    const ran = new Set<string>()
    const mine = keys.map((key) =>
      once.execute(key, () => {
        ran.add(key)
        return 'this one'
      }),
    )
    const theirs: string[] = []
    for (const key of keys.toReversed()) {
      const token = newToken()
      const claim = await old.claim(key, token)
      if (claim.status !== 'claimed') continue
      theirs.push(key)
      const outcome: OldOutcome = { state: 'succeeded', codec: 1, body: hexOf('"the other"') }
      expect(await old.commit(key, token, outcome)).toBe('committed')
    }
    const values = await Promise.all(mine)
    for (const [at, key] of keys.entries()) {
      expect(values[at]).toBe(ran.has(key) ? 'this one' : 'the other')
      expect(theirs.includes(key)).toBe(!ran.has(key))
    }
  })

  const done = Buffer.from(
    vectors.records.find(({ name }) => name === 'a result in JSON')?.hex ?? '',
    'hex',
  )
  const future: readonly (readonly [what: string, why: Refusal, bytes: Buffer])[] = [
    ['a later version', 'version', Buffer.from(done.with(0, 2))],
    ['a later version with a shorter header', 'version', Buffer.from([2, 2])],
    ['a state of a later release', 'state', Buffer.from(done.with(1, 8))],
    ['a flag of a later release', 'flag', Buffer.from(done.with(2, 8 | FLAG.fingerprint))],
  ]

  test.for(future)(
    '%s is refused by both, by name, and left as it is',
    async ([what, why, bytes]) => {
      const key = `future: ${what}`
      await old.plant(key, bytes)
      expect(await old.read(key)).toBe(why)
      expect(await old.claim(key)).toEqual({ status: 'refused', why })
      let ran = false
      const calls = [
        () =>
          once.execute(key, () => {
            ran = true
          }),
        () => once.get(key),
        () => once.check(key),
        () => once.exists(key),
        () => once.clear(key),
      ]
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({
          code: 'ONCE_RECORD_UNREADABLE',
          retryable: false,
        })
      }
      await once.clearByPrefix('future')
      expect(ran).toBe(false)
      expect(Buffer.from((await old.bytes(key)) ?? [])).toEqual(bytes)
    },
  )

  test('a codec of a later release hides the value alone: state, attempt and fence are told', async () => {
    const bytes = Buffer.from(done.with(3, 0x31))
    await old.plant('codec of the future', bytes)
    expect(await old.claim('codec of the future')).toMatchObject({ status: 'done' })
    await expect(once.execute('codec of the future', () => 'ran')).rejects.toMatchObject({
      code: 'ONCE_RECORD_UNREADABLE',
    })
    expect(await once.check('codec of the future')).toBe(true)
    expect(Buffer.from((await old.bytes('codec of the future')) ?? [])).toEqual(bytes)
  })
})

/** The other release, in a process of its own. */
class OldProcess implements AsyncDisposable {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(url: string, prefix: string): Promise<OldProcess> {
    const file = fileURLToPath(new URL('mixed-versions-old-process.ts', import.meta.url))
    const child = fork(file, [url, prefix], {
      execArgv: ['--conditions=@oncekit/source'],
      serialization: 'advanced',
    })
    await event(child, 'message')
    return new OldProcess(child)
  }

  plant(key: string, bytes: Uint8Array): Promise<void> {
    return this.#ask({ do: 'plant', key, bytes })
  }

  bytes(key: string): Promise<Uint8Array | undefined> {
    return this.#ask({ do: 'bytes', key })
  }

  read(key: string): Promise<OldRecord | Refusal | 'none'> {
    return this.#ask({ do: 'read', key })
  }

  claim(key: string, token: string = newToken(), leaseMs = 30_000): Promise<OldClaim> {
    return this.#ask({ do: 'claim', key, token, leaseMs })
  }

  commit(key: string, token: string, outcome: OldOutcome): Promise<string> {
    return this.#ask({ do: 'commit', key, token, outcome })
  }

  async run(key: string, outcome: OldOutcome): Promise<void> {
    const token = newToken()
    const { status } = await this.claim(key, token)
    const answer = await this.commit(key, token, outcome)
    if (status !== 'claimed' || answer !== 'committed') throw new Error(`${status}, ${answer}`)
  }

  async #ask<Answer>(order: Order): Promise<Answer> {
    const report = event(this.#child, 'message')
    this.#child.send(order)
    const [{ answer }] = (await report) as [{ readonly answer: Answer }]
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = event(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }
}

function wellRead(read: OldRecord | Refusal | 'none'): OldRecord {
  if (typeof read === 'string') throw new Error(`read as ${read}`)
  return read
}

function newToken(): string {
  return randomBytes(16).toString('hex')
}

function hexOf(text: string): string {
  return Buffer.from(text).toString('hex')
}
