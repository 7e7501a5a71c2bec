import { Redis, defineScript } from '@oncekit/redis'
import type { RedisPort } from '@oncekit/redis'
import { startRedis } from '@oncekit/testing'
import { describe, expect, inject, onTestFinished, test } from 'vitest'

import { storeConformance } from '../../src/conformance.ts'
import { storageKey } from '../../src/key.ts'
import { decodeRecord, encodeRecord } from '../../src/record.ts'
import type { OnceRecord } from '../../src/record.ts'
import type { ClaimRequest, FinalOutcome } from '../../src/store.ts'
import { RedisOnceStore } from '../../src/stores/redis.ts'
import { fenceKey } from '../../src/stores/redis/verb.ts'
import { portRunning } from './port-running.ts'

storeConformance(
  'Redis',
  async () => {
    const port = await connect(inject('redisUrl'))
    return {
      store: new RedisOnceStore(port, { ownsPort: false }),
      another: async () =>
        new RedisOnceStore(await connect(inject('redisUrl')), { ownsPort: true }),
      async plant(key, bytes) {
        await port.command(['SET', key, bytes])
      },
      async plantForeign(key) {
        await port.command(['HSET', key, 'field', 'value'])
      },
      cleanUp: () => port.close(),
    }
  },
  { shared: 'fleet', survivesRestart: true, durability: 'async' },
)

/** A prefix of each run's own, for the server is shared. */
const PREFIX = `redis-store-${process.pid}-${Date.now()}`
let made = 0

describe('records in Redis', () => {
  test.each<[string, Partial<OnceRecord>]>([
    ['a plain one', {}],
    ['one with a fingerprint', { fingerprint: 'fedcba9876543210fedcba9876543210' }],
    ['one with much meta', { meta: 'é'.repeat(500) }],
    ['one without meta and body', { meta: '', codec: 0, body: '' }],
    ['one with bytes', { codec: 200, body: Buffer.from([0, 255, 13, 10, 128]) }],
    ['one of several thousand bytes', { body: 'b'.repeat(3000) }],
    ['a failed one', { state: 'failed' }],
    ['one with a large body', { body: 'L'.repeat(200_000) }],
  ])('are byte for byte what encodeRecord() makes: %s', async (_what, wanted) => {
    await using opened = await open()
    const { store, port } = opened
    const key = freshKey()
    const expected: OnceRecord = { ...DONE, ...wanted }
    const { state, codec, body, fingerprint, token } = expected
    const outcome: FinalOutcome = {
      state: state === 'failed' ? 'failed' : 'succeeded',
      codec,
      body,
    }

    const claimed = await store.claim({ ...request(key), token, fingerprint, holder: HOLDER })
    if (claimed.status !== 'claimed') throw new Error(claimed.status)
    const executing = await stored(port, key)
    expect(encodeRecord(decodeRecord(executing))).toEqual(executing)
    expect(decodeRecord(executing)).toMatchObject({ state: 'executing', meta: HOLDER, fingerprint })

    await store.commit({ key, token, outcome, ttlMs: 60_000, meta: expected.meta })
    const done = await stored(port, key)
    const { atMs } = decodeRecord(done)
    expect(done).toEqual(encodeRecord({ ...expected, atMs, fence: claimed.fence }))

    const answer = await store.claim({ ...request(key), token: OTHER })
    if (answer.status !== 'done') throw new Error(answer.status)
    expect(encodeRecord(answer.record)).toEqual(done)

    // Claim and commit in one step makes the same record.
    const once = freshKey()
    const holder = expected.meta
    await store.claim({ ...request(once), token, fingerprint, holder, outcome })
    const atOnce = await stored(port, once)
    const known = decodeRecord(atOnce)
    expect(atOnce).toEqual(encodeRecord({ ...expected, atMs: known.atMs, fence: known.fence }))
  })

  test('are found under keys with every special character, each alone', async () => {
    await using opened = await open()
    const prefix = `${PREFIX}*?[^a-z]\\{}:@%`
    const names = [
      '*',
      '?',
      '[a]',
      '\\',
      '^',
      '-',
      'a\nb',
      '\0',
      '}',
      '!fence',
      'ключ',
      '\u{1F511}',
    ]
    for (const name of names) await opened.store.claim(request(storageKey(prefix, `k${name}x`)))
    for (const name of names) {
      const found = await scanAll(opened.store, prefix, `:k${name}`)
      expect(found).toEqual([storageKey(prefix, `k${name}x`)])
    }
    const all = await scanAll(opened.store, prefix, ':')
    expect(all.toSorted()).toEqual(names.map((name) => storageKey(prefix, `k${name}x`)).toSorted())
  })

  test('of another type in a batch of 64 harm only their own caller', async () => {
    await using opened = await open()
    const { store, port } = opened
    const keys = Array.from({ length: 64 }, () => freshKey())
    const bad = keys[17] ?? ''
    await port.command(['HSET', bad, 'field', 'value'])
    const settled = await Promise.allSettled(keys.map((key) => store.claim(request(key))))
    const failed = settled.flatMap((result, at) => (result.status === 'rejected' ? [at] : []))
    expect(failed).toEqual([17])
    expect(settled[17]).toMatchObject({ reason: { code: 'ONCE_RECORD_UNREADABLE' } })
    await expect(store.remove(bad, 'idle')).rejects.toMatchObject({
      code: 'ONCE_RECORD_UNREADABLE',
    })
    expect(String(await port.command(['TYPE', bad]))).toBe('hash')
    // By force it is mended.
    expect(await store.remove(bad)).toBe('removed')
    expect(await store.claim(request(bad))).toMatchObject({ status: 'claimed' })
  })

  test('of a page of a scan leave out fences and values of another type', async () => {
    await using opened = await open()
    const { store, port } = opened
    const prefix = `${PREFIX}-page`
    await store.claim(request(storageKey(prefix, 'a')))
    await port.command(['HSET', storageKey(prefix, 'b'), 'field', 'value'])
    expect(await scanAll(store, prefix, ':')).toEqual([storageKey(prefix, 'a')])
  })

  test('that were claimed together are committed together, each by its own token and as it is', async () => {
    await using opened = await open()
    const { store, port } = opened
    const keys = Array.from({ length: 24 }, () => freshKey())
    const fingerprint = 'fedcba9876543210fedcba9876543210'
    const claims = await Promise.all(
      keys.map((key, at) =>
        store.claim({ ...request(key), ...(at % 5 === 0 ? { fingerprint } : {}) }),
      ),
    )
    const [declared = '', waited = '', awaited = '', , taken = '', cut = ''] = keys.slice(17)
    const others = (await stored(port, taken)).fill(Buffer.from(OTHER, 'hex'), 24, 40)
    await port.command(['SET', taken, others])
    await port.command(['SET', cut, (await stored(port, cut)).subarray(0, 60)])
    const heard: string[] = []
    for (const key of [waited, awaited]) {
      await store.watch(key, () => heard.push(key))
      await store.claim({ ...request(key), token: OTHER, wait: true })
    }
    const extension = { key: declared, token: TOKEN, leaseMs: 30_000, ttlMs: 60_000 }
    await store.extend({ ...extension, patch: { effect: true, progress: { codec: 1, body: '7' } } })

    const answers = await Promise.allSettled(
      keys.map((key, at) => {
        const outcome = { state: 'succeeded', codec: 1, body: `"${at}"` } as const
        return store.commit({ key, token: TOKEN, outcome, ttlMs: 60_000, meta: '' })
      }),
    )
    for (const [at, key] of keys.entries()) {
      const bytes = await stored(port, key)
      if (key === taken) {
        expect(answers[at]).toMatchObject({ value: 'lost' })
        expect(bytes).toEqual(others)
      } else if (key === cut) {
        expect(answers[at]).toMatchObject({ reason: { code: 'ONCE_RECORD_UNREADABLE' } })
        expect(bytes).toHaveLength(60)
      } else {
        expect(answers[at]).toMatchObject({ value: 'committed' })
        expect(decodeRecord(bytes)).toMatchObject({
          state: 'succeeded',
          fence: (claims[at] as { fence?: number }).fence,
          attempt: 1,
          token: TOKEN,
          fingerprint: at % 5 === 0 ? fingerprint : '',
          effect: false,
          meta: '',
          body: Buffer.from(`"${at}"`),
        })
        expect(Number(await port.command(['PTTL', key]))).toBeLessThanOrEqual(60_000)
      }
    }
    await expect.poll(() => heard).toEqual([waited, awaited])
  })

  test('that wake waiters ride along while they are small', async () => {
    await using opened = await open()
    const { store } = opened
    for (const [size, riding] of [
      [100, true],
      [5000, false],
    ] as const) {
      const key = freshKey()
      const heard: (OnceRecord | undefined)[] = []
      const stop = await store.watch(key, (record) => heard.push(record))
      await store.claim(request(key))
      await store.claim({ ...request(key), token: OTHER, wait: true })
      const outcome = { state: 'succeeded', codec: 1, body: 'b'.repeat(size) } as const
      await store.commit({ key, token: TOKEN, outcome, ttlMs: 1000, meta: '' })
      await expect.poll(() => heard.length).toBe(1)
      expect(heard[0]?.state).toBe(riding ? 'succeeded' : undefined)
      stop()
    }
  })
})

describe('the fence in Redis', () => {
  test('grows past expiry, removal and a fence that is ahead of the clock', async () => {
    await using opened = await open()
    const { store, port } = opened
    const key = freshKey()
    let last = 0
    const claimAgain = async (): Promise<void> => {
      const answer = await store.claim(request(key))
      if (answer.status !== 'claimed') throw new Error(answer.status)
      expect(answer.fence).toBeGreaterThan(last)
      last = answer.fence
    }
    await claimAgain()
    await port.command(['PEXPIRE', key, '0'])
    await claimAgain()
    await store.remove(key)
    await claimAgain()
    const future = last + 3_600_000_000
    await port.command(['SET', fenceKey(key), String(future)])
    await store.remove(key)
    await claimAgain()
    expect(last).toBe(future + 1)
    expect(String(await port.command(['GET', fenceKey(key)]))).toBe(String(last))
    await store.remove(key)
    await claimAgain()
    expect(last).toBe(future + 2)
  })

  test('grows within a batch, over every way a claim is granted', async () => {
    await using opened = await open()
    const { store, port } = opened
    const keys = oneBucket(4)
    const [first = '', second = ''] = keys
    const fences = async (requests: readonly ClaimRequest[]): Promise<number[]> => {
      const answers = await Promise.all(requests.map((asked) => store.claim(asked)))
      return answers.flatMap((answer) => (answer.status === 'claimed' ? [answer.fence] : []))
    }
    const ahead = Date.now() * 1000 + 3_600_000_000
    await store.claim({ ...request(first), leaseMs: 0 })
    await port.command(['SET', fenceKey(first), String(ahead)])
    // Fresh, a takeover between two fresh ones, and a takeover of what this very batch claimed.
    const [, third = '', fourth = ''] = keys.slice(1)
    expect(
      await fences([
        { ...request(second), leaseMs: 0 },
        { ...request(first), token: OTHER },
        request(third),
        { ...request(second), token: OTHER },
        request(fourth),
      ]),
    ).toEqual([1, 2, 3, 4, 5].map((step) => ahead + step))
    expect(String(await port.command(['GET', fenceKey(first)]))).toBe(String(ahead + 5))
    // What a record says is what its claim was told.
    expect(decodeRecord(await stored(port, second)).fence).toBe(ahead + 4)
    expect(decodeRecord(await stored(port, fourth)).fence).toBe(ahead + 5)
  })

  test('of another type harms only the keys of its bucket in a batch', async () => {
    await using opened = await open()
    const { store, port } = opened
    const [bad = ''] = oneBucket(1)
    const good = [freshKey(), freshKey(), freshKey()].filter(
      (key) => fenceKey(key) !== fenceKey(bad),
    )
    await port.command(['DEL', fenceKey(bad)])
    await port.command(['HSET', fenceKey(bad), 'field', 'value'])
    const [refused, ...others] = await Promise.allSettled(
      [bad, ...good].map((key) => store.claim(request(key))),
    )
    expect(refused).toMatchObject({ reason: { code: 'ONCE_RECORD_UNREADABLE' } })
    for (const other of others) expect(other).toMatchObject({ value: { status: 'claimed' } })
    expect(await store.read(bad)).toBeUndefined()
    await port.command(['DEL', fenceKey(bad)])
  })

  test('is kept by a user who may not write several keys at once', async () => {
    await using server = await startRedis()
    await using opened = await open(server.url)
    const { port } = opened
    await using limited = await openAs(server.url, port, ['~*', '+@all', '-mset'])
    const keys = [freshKey(), freshKey(), freshKey()]
    // Fences that are there already are written together.
    for (const key of keys) await port.command(['SET', fenceKey(key), '1'])
    const claimed = await Promise.allSettled(keys.map((key) => limited.store.claim(request(key))))
    expect(claimed.map(({ status }) => status)).toEqual(keys.map(() => 'fulfilled'))
    for (const key of keys) {
      const { fence } = decodeRecord(await stored(port, key))
      expect(String(await port.command(['GET', fenceKey(key)]))).toBe(String(fence))
    }
  })

  test('that cannot be written lets no claim of its bucket stand, and harms no other', async () => {
    await using opened = await open()
    const { store, port } = opened
    const [bad = '', alsoBad = ''] = oneBucket(2)
    const good = freshKey()
    for (const key of [bad, good]) await port.command(['SET', fenceKey(key), '1'])
    await using faulty = new RedisOnceStore(
      withFault(port, [
        [`call('MSET', `, `call('MSET of a test', `],
        [
          `call('SET', fenceKey, format`,
          `fenceKey == '${fenceKey(bad)}' and {err = 'NOPERM in a test'} or call('SET', fenceKey, format`,
        ],
      ]),
      { ownsPort: false },
    )
    // The third is told about the first, which does not stand in the end.
    const asked = [request(bad), request(good), { ...request(bad), token: OTHER }, request(alsoBad)]
    const settled = await Promise.allSettled(asked.map((one) => faulty.claim(one)))
    expect(settled).toMatchObject([
      { reason: { code: 'ONCE_STORE_UNAVAILABLE', message: expect.stringContaining('NOPERM') } },
      { value: { status: 'claimed' } },
      { reason: { code: 'ONCE_STORE_UNAVAILABLE' } },
      { reason: { code: 'ONCE_STORE_UNAVAILABLE' } },
    ])
    for (const key of [bad, alsoBad]) expect(await store.read(key)).toBeUndefined()
    const { fence } = decodeRecord(await stored(port, good))
    expect(String(await port.command(['GET', fenceKey(good)]))).toBe(String(fence))
    expect(String(await port.command(['GET', fenceKey(bad)]))).toBe('1')
  })

  test('of another type refuses the claim and leaves nothing behind', async () => {
    await using opened = await open()
    const { store, port } = opened
    const key = storageKey(`${PREFIX}-bad-fence`, 'a')
    await port.command(['HSET', fenceKey(key), 'field', 'value'])
    await expect(store.claim(request(key))).rejects.toMatchObject({
      code: 'ONCE_RECORD_UNREADABLE',
    })
    expect(await store.read(key)).toBeUndefined()
  })
})

describe('a Redis server in trouble', () => {
  test('that forgets its scripts under load is given them again, and nobody notices', async () => {
    await using opened = await open()
    const { store, port } = opened
    const work = async (): Promise<string> => {
      const key = freshKey()
      await store.claim(request(key))
      const outcome = { state: 'succeeded', codec: 1, body: '1' } as const
      return store.commit({ key, token: TOKEN, outcome, ttlMs: 60_000, meta: '' })
    }
    for (let round = 0; round < 10; round++) {
      const working = Promise.all(Array.from({ length: 100 }, work))
      await port.command(['SCRIPT', 'FLUSH'])
      expect(new Set(await working)).toEqual(new Set(['committed']))
    }
  })

  test('that is full refuses claims with the reason, and still tells what is done', async () => {
    await using server = await startRedis()
    await using opened = await open(server.url)
    const { store, port } = opened
    const key = freshKey()
    const outcome = { state: 'succeeded', codec: 1, body: '1' } as const
    await store.claim({ ...request(key), outcome })
    await port.command(['CONFIG', 'SET', 'maxmemory', '1'])
    await expect(store.claim(request(freshKey()))).rejects.toMatchObject({
      code: 'ONCE_STORE_UNAVAILABLE',
      message: expect.stringContaining('maxmemory') as string,
    })
    expect(await store.claim({ ...request(key), token: OTHER })).toMatchObject({ status: 'done' })
    // And the same in a batch, whatever came before.
    const batch = [freshKey(), key, freshKey(), key, key]
    const settled = await Promise.allSettled(
      batch.map((each) => store.claim({ ...request(each), token: OTHER })),
    )
    for (const [at, each] of settled.entries()) {
      expect(each).toMatchObject(
        batch[at] === key
          ? { value: { status: 'done' } }
          : { reason: { message: expect.stringContaining('maxmemory') as string } },
      )
    }
  })

  test('that evicts is reported', async () => {
    await using server = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] })
    await using opened = await open(server.url)
    expect(await opened.store.health()).toMatchObject({ status: 'degraded' })
  })

  test('that is gone is named, with the next step', async () => {
    await using server = await startRedis()
    await using opened = await open(server.url)
    await server.kill()
    await expect(opened.store.claim(request(freshKey()))).rejects.toMatchObject({
      code: 'ONCE_STORE_UNAVAILABLE',
      key: expect.stringMatching(/^k\d+$/) as string,
      message: expect.stringContaining(String(server.port)) as string,
    })
  })
})

test('a closed store refuses, and leaves a port open that it does not own', async () => {
  await using opened = await open()
  await opened.store.close()
  await expect(opened.store.read('{p:000}:a')).rejects.toMatchObject({ code: 'ONCE_CLOSED' })
  expect(String(await opened.port.command(['PING']))).toBe('PONG')
  expect(await opened.store.health()).toMatchObject({ status: 'unhealthy' })
})

const TOKEN = '0123456789abcdef0123456789abcdef'
const OTHER = 'f'.repeat(32)
const HOLDER = '{"host":"h","pid":1}'
const DONE: OnceRecord = {
  ...{ state: 'succeeded', attempt: 1, fence: 0, token: TOKEN, fingerprint: '' },
  ...{ effect: false, waiters: false, atMs: 0, meta: '{"service":"s"}', codec: 1, body: '[1]' },
}

function request(key: string): ClaimRequest {
  return {
    ...{ key, token: TOKEN, fingerprint: '', leaseMs: 30_000, ttlMs: 60_000 },
    ...{ holder: HOLDER, wait: false, attemptLimit: 0 },
  }
}

/** Keys that share a bucket, and with it a fence. */
function oneBucket(count: number): readonly string[] {
  const keys = [freshKey()]
  while (keys.length < count) {
    const key = freshKey()
    if (fenceKey(key) === fenceKey(keys[0] ?? '')) keys.push(key)
  }
  return keys
}

/** A port whose scripts have parts replaced by such that fail. */
function withFault(port: RedisPort, faults: readonly (readonly [string, string])[]): RedisPort {
  return portRunning(port, ({ name, source }, keys, args) => {
    let faulty = source
    for (const [part, fault] of faults) {
      if (!faulty.includes(part)) throw new Error(`${name}: no ${part}`)
      faulty = faulty.replaceAll(part, fault)
    }
    return port.run(defineScript(name, faulty), keys, args)
  })
}

/** A store whose user may do what the rules say. */
async function openAs(url: string, port: RedisPort, rules: readonly string[]): Promise<Opened> {
  await port.command(['ACL', 'SETUSER', 'limited', 'on', '>secret', '&*', ...rules])
  const address = new URL(url)
  address.username = 'limited'
  address.password = 'secret'
  return open(address.href)
}

function freshKey(): string {
  return storageKey(PREFIX, `k${made++}`)
}

function connect(url: string): Promise<RedisPort> {
  return Redis.create({ ...Redis.defaultConfig('test'), url })
}

interface Opened extends AsyncDisposable {
  readonly store: RedisOnceStore
  readonly port: RedisPort
}

async function open(url: string = inject('redisUrl')): Promise<Opened> {
  const port = await connect(url)
  onTestFinished(() => port.close())
  const store = new RedisOnceStore(port, { ownsPort: false })
  return { store, port, [Symbol.asyncDispose]: () => store.close() }
}

async function stored(port: RedisPort, key: string): Promise<Buffer> {
  const bytes = await port.command(['GET', key])
  if (!Buffer.isBuffer(bytes)) throw new Error(`nothing at ${key}`)
  return bytes
}

async function scanAll(
  store: RedisOnceStore,
  prefix: string,
  suffixPrefix: string,
): Promise<string[]> {
  const keys = new Set<string>()
  let cursor: string | undefined
  do {
    const page = await store.scan({
      ...{ prefix, suffixPrefix },
      ...(cursor === undefined ? {} : { cursor }),
    })
    for (const entry of page.entries) keys.add(entry.key)
    cursor = page.cursor ?? undefined
  } while (cursor !== undefined)
  return [...keys]
}
