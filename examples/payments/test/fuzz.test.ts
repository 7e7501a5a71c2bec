import { request } from 'node:http'
import type { OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { Once } from '@oncekit/once'
import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { paymentsApi } from '../src/api.ts'
import { listen } from '../src/http/listen.ts'
import { Ledger } from '../src/ledger.ts'

const opened = new AsyncDisposableStack()
let url: string
let ledger: Ledger
beforeAll(async () => {
  ledger = opened.use(new Ledger(':memory:', { paymentMs: 0 }))
  const once = opened.use(await Once.create(Once.defaultConfig('test')))
  url = opened.use(await listen(paymentsApi({ once, ledger }), 0)).url
})
afterAll(() => opened.disposeAsync())
beforeEach(() => {
  vi.spyOn(console, 'log').mockReturnValue()
})

describe('a request of any kind', () => {
  test('is answered with what was done or what is wrong, in words, and never with a failure of the service', async () => {
    await fc.assert(
      fc.asyncProperty(method, path, headers, body, async (verb, where, fields, text) => {
        const before = ledger.count()
        const answer = await send(verb, where, fields, text)
        expect([200, 201, 400, 404, 405, 409, 413, 422]).toContain(answer.status)
        if (verb !== 'HEAD') expectReadable(answer)
        expect(ledger.count() - before).toBe(answer.status === 201 && !answer.replayed ? 1 : 0)
      }),
      effort(80),
    )
  })

  test('that pays with any key is charged once, and answered alike for ever', async () => {
    await fc.assert(
      fc.asyncProperty(key, payment, async (given, asked) => {
        const before = ledger.count()
        const fields = { 'idempotency-key': given }
        const first = await send('POST', '/payments', fields, JSON.stringify(asked))
        const again = await send('POST', '/payments', fields, JSON.stringify(asked))
        expect(again.status).toBe(first.status)
        if (first.status === 201) expect(again.body).toBe(first.body)
        else expectReadable(first)
        expect(ledger.count() - before).toBeLessThanOrEqual(first.status === 201 ? 1 : 0)
      }),
      effort(40),
    )
  })

  test('that is no HTTP at all harms nobody else', async () => {
    await fc.assert(
      fc.asyncProperty(rawRequest, async (bytes) => {
        expect(await sendRaw(bytes)).toMatch(/^($|HTTP\/1\.1 [24]\d\d )/)
      }),
      effort(30),
    )
    expect((await send('GET', '/healthz', {}, '')).status).toBe(200)
  })
})

const method = fc.oneof(
  { weight: 5, arbitrary: fc.constant('POST') },
  fc.constantFrom('GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
)
const path = fc.oneof(
  { weight: 6, arbitrary: fc.constant('/payments') },
  fc.constantFrom(
    '/',
    '/healthz',
    '/payments/',
    '/payments?x=%00',
    '/../etc/passwd',
    '//',
    '/%',
    '/a?b#c',
  ),
)

// What an HTTP client lets through: Latin-1 without control characters.
const headerText = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
  maxLength: 40,
})
const key = fc.oneof(
  headerText,
  fc.uuid(),
  fc.constantFrom(
    '"',
    '"a',
    'a"',
    '"a"',
    '"a";p=1',
    '"\\"',
    '"\\\\"',
    ' ',
    ',',
    'a,b',
    '__proto__',
    '*',
    '{}:%',
  ),
  fc.nat({ max: 600 }).map((length) => 'k'.repeat(length)),
)
const headers = fc.record(
  {
    'idempotency-key': fc.oneof(key, fc.array(key, { maxLength: 3 })),
    'x-idempotency-key': key,
    'content-type': headerText,
    'x-other': headerText,
    // Any other is answered by Node itself, without a word.
    expect: fc.constant('100-continue'),
  },
  { requiredKeys: [] },
)

const field = fc.oneof(
  fc.anything({ withBigInt: false, maxDepth: 2 }),
  fc.constantFrom(1, 0, -1, 1.5, 1e8, 'EUR', 'eur', '', null, 'x'.repeat(101), '\ud800'),
)
const payment = fc.record({
  amount: fc.integer({ min: 1, max: 99_999_999 }),
  currency: fc.constantFrom('EUR', 'JPY'),
})
const body = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        payment,
        fc.dictionary(fc.constantFrom('customer', 'amount', 'tip', '__proto__', 'toJSON'), field, {
          maxKeys: 2,
        }),
      )
      .map(([given, more]) => jsonOf({ ...given, ...more })),
  },
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '{',
    'null',
    '[[[[',
    '{"amount":1e999,"currency":"EUR"}',
    '{"amount":1,"currency":"EUR","amount":2}',
    'x'.repeat(20_000),
    '['.repeat(15_000),
  ),
)

const rawRequest = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      'GET /payments HTTP/9.9\r\n\r\n',
      'POST /payments HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      'POST /payments HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc',
      'POST /payments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      'POST /payments HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      'POST /payments HTTP/1.1\r\nHost: x\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 0\r\n\r\n',
      'POST /payments HTTP/1.1\r\nHost: x\r\nIdempotency-Key: \0\r\n\r\n',
      `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`,
    )
    .map((text) => Buffer.from(text)),
)

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    return '{}'
  }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly replayed: boolean
  readonly body: string
}

/** JSON; and when something is wrong, what it is and what to do. */
function expectReadable({ status, type, body: text }: Answer): void {
  const told = JSON.parse(text) as Readonly<Record<string, unknown>>
  if (status < 400) return
  expect(type).toBe('application/problem+json')
  for (const name of ['code', 'title', 'detail', 'action']) {
    expect(told[name]).toEqual(expect.stringMatching(/\S/))
  }
  expect(text).not.toMatch(/ {4}at |node:internal/)
}

function send(
  verb: string,
  where: string,
  fields: OutgoingHttpHeaders,
  text: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(url + where, {
      method: verb,
      path: where,
      headers: { ...fields, 'content-length': Buffer.byteLength(text) },
      agent: false,
    })
    call.on('error', reject)
    call.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          replayed: response.headers['idempotent-replayed'] !== undefined,
          body: Buffer.concat(chunks).toString(),
        })
      })
    })
    call.end(text)
  })
}

/** Whatever comes back until the connection ends, which it does at the latest when we say no more. */
function sendRaw(bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const { port } = new URL(url)
    const socket = connect({ host: '127.0.0.1', port: Number(port) })
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => {})
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.end(bytes)
  })
}
