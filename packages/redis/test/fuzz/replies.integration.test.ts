import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isOncekitError } from '@oncekit/core'
import { effort, type RedisServer, startRedis } from '@oncekit/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineScript, Redis, type RedisPort } from '../../src/index.ts'
import { eventually } from '../eventually.ts'
import { type Spoil, type SpoilingProxy, startSpoilingProxy } from './spoiling-proxy.ts'

const commandTimeoutMs = 300
/** On a busy machine an honest connection may take its time. */
const connectTimeoutMs = 5_000
const slackMs = 4_000
const three = defineScript('three', `return {1, 'two', {err = 'THREE'}}`)

/** Whole answers that no command of ours has. */
const strange: readonly string[] = [
  // a type that there is none of
  '?what\r\n',
  // HTTP
  'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n',
  // TLS
  '\x15\x03\x01\x00\x02\x02\x46',
  // nothing but line ends
  '\r\n\r\n\r\n',
  // a length that is no number
  '$abc\r\n',
  // a negative length
  '$-5\r\n',
  // a length of terabytes
  '$9999999999999\r\nabc',
  // a list of billions
  '*2147483647\r\n:1\r\n',
  // a list of a negative number
  '*-7\r\n',
  // a list in a list, very deep
  '*1\r\n'.repeat(1_000),
  // a number beyond all bounds
  ':99999999999999999999999999\r\n',
  // a number that is none
  ':one\r\n',
  // a string longer than it said
  '$1\r\nabcdef\r\n',
  // half a string
  '$10\r\nabc',
  // half a list
  '*3\r\n:1\r\n',
  // no string
  '$-1\r\n',
  // no list
  '*-1\r\n',
  // an empty list
  '*0\r\n',
  // an error without a word
  '-\r\n',
  // an error of many words
  `-${'x'.repeat(100_000)}\r\n`,
  // a map of RESP3
  '%1\r\n+a\r\n:1\r\n',
  // a push of RESP3
  '>2\r\n+message\r\n+x\r\n',
  // a null of RESP3
  '_\r\n',
  // a big number of RESP3
  '(3492890328409238509324850943850943825024385\r\n',
  // a double of RESP3
  ',nan\r\n',
  // a verbatim text of RESP3
  '=15\r\ntxt:Some string\r\n',
]

describe.each(['ioredis', 'redis'] as const)('a port over %s', (client) => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
    // The client library is loaded once, and that takes longer than a call may.
    await using _redis = await Redis.create({ url: server.url, client })
  })
  afterAll(() => server.stop())

  const open = ({ port }: SpoilingProxy, timeoutMs = connectTimeoutMs): Promise<RedisPort> =>
    Redis.create({
      url: `redis://127.0.0.1:${port}`,
      client,
      commandTimeout: commandTimeoutMs,
      connectTimeout: timeoutMs,
      reconnect: { initial: 10, max: 50 },
    })

  /** What is wrong with how its calls end: late, or with an error of somebody else's. */
  const complaints = async (redis: RedisPort): Promise<unknown[]> => {
    const startedMs = performance.now()
    const ends = await Promise.allSettled([
      redis.command(['GET', 'key']),
      redis.run(three, ['key'], []),
      redis.scan({ match: '*' }),
      redis.health(),
    ])
    const tookMs = performance.now() - startedMs
    const foreign = ends.flatMap((end) =>
      end.status === 'rejected' && !isOncekitError(end.reason) ? [end.reason as unknown] : [],
    )
    return tookMs < commandTimeoutMs + slackMs ? foreign : [...foreign, `took ${tookMs} ms`]
  }

  test('ends its calls in time, whatever it is answered, and the process lives on', async () => {
    expect(
      await fewAtATime(strange, async (reply) => {
        await using proxy = await startSpoilingProxy(server.port)
        await using redis = await open(proxy)
        proxy.spoil(() => Buffer.from(reply, 'latin1'))
        return await complaints(redis)
      }),
    ).toEqual([])
  })

  test('says with a typed error that it cannot connect, whatever it is answered', async () => {
    expect(
      await fewAtATime(strange, async (reply) => {
        await using proxy = await startSpoilingProxy(server.port)
        proxy.spoil(() => Buffer.from(reply, 'latin1'))
        try {
          // An answer that is well-formed is an answer to PING.
          await using _redis = await open(proxy, 1_000)
          return []
        } catch (error) {
          return isOncekitError(error) ? [] : [error]
        }
      }),
    ).toEqual([])
  })

  test('ends its calls in time when answers are garbage, cut off or lost, and can be opened again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(spoils, { minLength: 1, maxLength: 4 }), async (ways) => {
        await using proxy = await startSpoilingProxy(server.port)
        {
          await using redis = await open(proxy)
          let answers = 0
          proxy.spoil((answer) => ways[answers++ % ways.length]?.(answer))
          expect(await complaints(redis)).toEqual([])
        }
        proxy.spoil(undefined)
        await using redis = await open(proxy)
        expect(await redis.command(['PING'])).toEqual(Buffer.from('PONG'))
      }),
      effort(8),
    )
  }, 300_000)

  test('that cannot make sense of its connection takes another', async () => {
    await using proxy = await startSpoilingProxy(server.port)
    await using redis = await open(proxy)
    proxy.spoil(() => Buffer.from('?what\r\n'))
    expect(await complaints(redis)).toEqual([])
    proxy.spoil(undefined)
    await eventually(() => redis.command(['PING']).catch(() => null)).toEqual(Buffer.from('PONG'))
  })

  test.each(['+OK', '$-1', '-ERR no'])(
    'lives on when it is answered %j without having asked',
    async (reply) => {
      await using proxy = await startSpoilingProxy(server.port)
      // A process of its own, which may die of it.
      const script = fileURLToPath(new URL('unasked.ts', import.meta.url))
      const child = fork(script, [client, `redis://127.0.0.1:${proxy.port}`], {
        execArgv: ['--conditions=@oncekit/source'],
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      })
      const ended = once(child, 'exit')
      await once(child, 'message')
      proxy.spoil((answer) => Buffer.concat([answer, Buffer.from(`${reply}\r\n`)]))
      child.send('ping')
      expect(await ended).toEqual([0, null])
    },
  )
})

/** Ports that find no sense in their answers reconnect all the time: many of them leave a process none for anything else. */
async function fewAtATime(
  replies: readonly string[],
  tell: (reply: string) => Promise<unknown[]>,
): Promise<unknown[]> {
  const waiting = replies.values()
  const lane = async (): Promise<unknown[]> => {
    const told: unknown[] = []
    // The lanes share one iterator: each takes the next.
    for (const reply of waiting) told.push(...(await tell(reply)))
    return told
  }
  return (await Promise.all(Array.from({ length: 6 }, lane))).flat()
}

const spoils: fc.Arbitrary<Spoil> = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map(
    (bytes): Spoil =>
      () =>
        Buffer.from(bytes),
  ),
  fc
    .string({
      unit: fc.constantFrom(
        '+',
        ':',
        '$',
        '*',
        '%',
        '~',
        '>',
        '_',
        '#',
        ',',
        '(',
        '0',
        '1',
        '9',
        '-',
        'a',
        '\r\n',
        '\r',
        '\n',
      ),
    })
    .map(
      (text): Spoil =>
        () =>
          Buffer.from(text),
    ),
  fc.nat({ max: 200 }).map(
    (at): Spoil =>
      (answer) =>
        answer.subarray(0, at % answer.length),
  ),
  fc.tuple(fc.nat({ max: 200 }), fc.nat({ max: 7 })).map(([at, bit]): Spoil => (answer) => {
    const spoilt = Buffer.from(answer)
    const place = at % answer.length
    spoilt[place] = (spoilt[place] ?? 0) ^ (1 << bit)
    return spoilt
  }),
  fc.constant<Spoil>(() => undefined),
)
