import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { curl, executing, ledgerOf, pay, post, problemIn } from './client.ts'
import { startPayments } from './payments-process.ts'
import type { PaymentsProcess, StartOptions } from './payments-process.ts'

const payment = { amount: 1999, currency: 'EUR' }

describe('a service that is up', () => {
  let folder: string
  let service: PaymentsProcess
  beforeAll(async () => {
    folder = await temporaryFolder()
    service = await startPayments({ folder, paymentMs: 100 })
  })
  afterAll(async () => {
    await service[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  test('does what the curl lines it prints say', async () => {
    const lines = service.output().match(/^curl .*-d .*$/gm) ?? []
    expect(lines).toHaveLength(3)
    const [first, again, other] = [
      await curl(lines[0] ?? ''),
      await curl(lines[1] ?? ''),
      await curl(lines[2] ?? ''),
    ]
    expect(first).toMatchObject({ status: 201 })
    expect(first.headers.has('idempotent-replayed')).toBe(false)
    expect(again).toMatchObject({ status: 201, body: first.body })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'))
    expect(other).toMatchObject({ status: 422 })
    expect(problemIn(other)).toMatchObject({ code: 'ONCE_MISMATCH', retryable: false })
    expect(other.body).not.toContain('1999')
    expect(await ledgerOf(service.url)).toMatchObject({
      total: 1,
      payments: [{ asked: 1, charge: JSON.parse(first.body) }],
    })
  })

  test('charges once for 50 identical requests at the same time', async () => {
    const before = await ledgerOf(service.url)
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => pay(service.url, 'fifty', payment)),
    )
    const settled = await pay(service.url, 'fifty', payment)
    const told = new Set(
      answers.map(({ status, body }) => (status === 201 ? body : problemIn({ body }).code)),
    )
    expect(told).toEqual(new Set([settled.body, 'ONCE_IN_PROGRESS']))
    const own = answers.filter(
      ({ status, headers }) => status === 201 && !headers.has('idempotent-replayed'),
    )
    expect(own).toHaveLength(1)
    const after = await ledgerOf(service.url)
    expect(after).toMatchObject({ total: before.total + 1, payments: [{ asked: 1 }, {}] })
  })

  test('takes the same payment written in another way for a repeat', async () => {
    const first = await pay(service.url, 'rewritten', payment)
    const again = await post(
      service.url,
      { 'X-Idempotency-Key': '"rewritten"' },
      '{ "currency": "EUR",\n "amount": 1999.0 }',
    )
    expect(again).toMatchObject({ status: 201, body: first.body })
  })

  test.each([
    ['no key', {}, 'IDEMPOTENCY_KEY_MISSING'],
    ['an empty key', { 'Idempotency-Key': ' ' }, 'IDEMPOTENCY_KEY_MISSING'],
    [
      'two different keys',
      { 'Idempotency-Key': 'a', 'X-Idempotency-Key': 'b' },
      'IDEMPOTENCY_KEY_AMBIGUOUS',
    ],
    ['a quote that is not closed', { 'Idempotency-Key': '"a' }, 'IDEMPOTENCY_KEY_MALFORMED'],
    ['a key that is too long', { 'Idempotency-Key': 'k'.repeat(256) }, 'ONCE_INVALID_KEY'],
  ])('says what is wrong with %s, and what to do', async (_, headers, code) => {
    const answer = await post(service.url, headers, payment)
    expect(answer).toMatchObject({ status: 400 })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(problemIn(answer)).toMatchObject({
      code,
      detail: expect.stringMatching(/\w/),
      action: expect.stringMatching(/key/),
    })
  })

  test('takes the same key in both headers for one', async () => {
    const headers = { 'Idempotency-Key': 'both', 'X-Idempotency-Key': 'both' }
    expect(await post(service.url, headers, payment)).toMatchObject({ status: 201 })
  })

  test.each([
    ['amount', { currency: 'EUR' }],
    ['amount', { ...payment, amount: 19.99 }],
    ['currency', { ...payment, currency: 'euro' }],
    ['customer', { ...payment, customer: '' }],
    ['tip', { ...payment, tip: 1 }],
    ['__proto__', '{"amount":1,"currency":"EUR","__proto__":{}}'],
  ])('names the field that is wrong: %s', async (field, body) => {
    const answer = await pay(service.url, 'fields', body)
    expect(answer).toMatchObject({ status: 400 })
    expect(problemIn(answer)).toMatchObject({
      code: 'INVALID_FIELDS',
      detail: expect.stringContaining(field),
    })
  })

  test.each(['', '{"amount":1', '[]', 'null'])(
    'refuses a body that is no object: %j',
    async (body) => {
      const answer = await pay(service.url, 'bodies', body)
      expect(answer).toMatchObject({ status: 400 })
      expect(problemIn(answer)).toMatchObject({ code: 'MALFORMED_BODY' })
    },
  )

  test('leaves a key unused whose request was refused', async () => {
    await pay(service.url, 'corrected', { ...payment, amount: -1 })
    expect(await pay(service.url, 'corrected', payment)).toMatchObject({ status: 201 })
  })

  test('tells its health', async () => {
    const response = await fetch(`${service.url}/healthz`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ status: 'healthy' })
  })
})

describe('from one start to the next', () => {
  let folder: string
  const started: PaymentsProcess[] = []
  const start = async (options: Omit<StartOptions, 'folder'> = {}): Promise<PaymentsProcess> => {
    const service = await startPayments({ folder, ...options })
    started.push(service)
    return service
  }
  beforeEach(async () => {
    folder = await temporaryFolder()
  })
  afterEach(async () => {
    await Promise.all(started.splice(0).map((service) => service[Symbol.asyncDispose]()))
    await rm(folder, { recursive: true })
  })

  test('a payment made before a restart is replayed after it', async () => {
    const before = await start()
    const first = await pay(before.url, 'order-1', payment)
    expect(await before.stop()).toBe(0)
    const after = await start()
    const again = await pay(after.url, 'order-1', payment)
    expect(again).toMatchObject({ status: 201, body: first.body })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(await ledgerOf(after.url)).toMatchObject({ total: 1 })
  })

  test('two services on the same files charge once between them', async () => {
    const [one, two] = await Promise.all([start(), start()])
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => pay((n % 2 === 0 ? one : two).url, 'shared', payment)),
    )
    expect(answers.map(({ status }) => status)).toContain(201)
    const replays = await Promise.all([one, two].map(({ url }) => pay(url, 'shared', payment)))
    expect(replays[0]?.body).toBe(replays[1]?.body)
    expect(await ledgerOf(one.url)).toMatchObject({ total: 1, payments: [{ asked: 1 }] })
  })

  test('while the first request runs, a repeat is told to wait and another payment is refused', async () => {
    const service = await start({ paymentMs: 2_000 })
    const first = pay(service.url, 'busy', payment)
    await expect.poll(() => executing(service.url), { timeout: 5_000 }).toBe(1)
    const [repeat, other] = [
      await pay(service.url, 'busy', payment),
      await pay(service.url, 'busy', { ...payment, amount: 1 }),
    ]
    expect(repeat).toMatchObject({ status: 409 })
    expect(Number(repeat.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(problemIn(repeat)).toMatchObject({ code: 'ONCE_IN_PROGRESS', retryable: true })
    expect(other).toMatchObject({ status: 422 })
    expect(await first).toMatchObject({ status: 201 })
    const later = await pay(service.url, 'busy', payment)
    expect(later.headers.get('idempotent-replayed')).toBe('true')
  })

  test('an answer under way is given before the service stops', async () => {
    const service = await start({ paymentMs: 1_000 })
    const paying = pay(service.url, 'last', payment)
    await expect.poll(() => executing(service.url), { timeout: 5_000 }).toBe(1)
    // Twice, as a process group and npm would.
    const stopping = Promise.all([service.stop(), service.stop()])
    expect(await paying).toMatchObject({ status: 201 })
    expect(await stopping).toEqual([0, 0])
  })

  test('killed after the charge and before the answer, it charges once all the same', async () => {
    const killed = await start({ paymentMs: 3_000 })
    const lost = pay(killed.url, 'killed', payment).catch(() => 'no answer')
    await expect.poll(async () => (await ledgerOf(killed.url)).total, { timeout: 5_000 }).toBe(1)
    await killed.kill()
    expect(await lost).toBe('no answer')

    const next = await start({ paymentMs: 0 })
    const statuses: number[] = []
    await expect
      .poll(
        async () => {
          const { status } = await pay(next.url, 'killed', payment)
          statuses.push(status)
          return status
        },
        { timeout: 20_000, interval: 250 },
      )
      .toBe(201)
    // Until the lease of the dead one was over the answer was "wait"; nobody was told anything else.
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([409]))
    expect(await ledgerOf(next.url)).toMatchObject({ total: 1, payments: [{ asked: 2 }] })
  })

  test('charges nothing while its store is away, and says so', async () => {
    const service = await start()
    await Promise.all(
      ['', '-wal', '-shm'].map((suffix) => rm(join(folder, `once.db${suffix}`), { force: true })),
    )
    await expect
      .poll(async () => (await fetch(`${service.url}/healthz`)).status, { interval: 50 })
      .toBe(503)
    const answer = await pay(service.url, 'away', payment)
    expect(answer).toMatchObject({ status: 503 })
    expect(answer.headers.has('retry-after')).toBe(true)
    expect(problemIn(answer)).toMatchObject({ code: 'ONCE_STORE_UNAVAILABLE', retryable: true })
    expect(answer.body).not.toContain(folder)
    expect(await ledgerOf(service.url)).toMatchObject({ total: 0 })
  })

  test('without records the ledger still knows a repeat', async () => {
    const args = ['--port', '0', '--store', 'memory:']
    const before = await start({ args })
    const first = await pay(before.url, 'forgotten', payment)
    await before.stop()
    const after = await start({ args })
    expect(await pay(after.url, 'forgotten', payment)).toMatchObject({ body: first.body })
    expect(await pay(after.url, 'other', { ...payment, amount: 5 })).toMatchObject({ status: 201 })
    expect(await ledgerOf(after.url)).toMatchObject({ total: 2 })
  })

  test('a port that was asked for and is taken is an error, told in one line', async () => {
    const { port } = new URL((await start()).url)
    await expect(start({ args: ['--port', port] })).rejects.toThrow(/payments: .*EADDRINUSE.*\n$/)
  })

  test('an option that cannot be is refused by name', async () => {
    await expect(start({ args: ['--port', '70000'] })).rejects.toThrow(/port: expected .* "70000"/)
    await expect(start({ args: ['--store', 'mysql://x'] })).rejects.toThrow(/store.*sqlite:PATH/s)
  })
})

function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'oncekit-payments-test-'))
}
