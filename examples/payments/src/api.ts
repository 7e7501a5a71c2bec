import type { IncomingMessage, RequestListener } from 'node:http'
import type { Once } from '@oncekit/once'
import { readBody } from './http/body.ts'
import { Problem } from './http/problem.ts'
import { json, send } from './http/reply.ts'
import type { Reply } from './http/reply.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'
import type { Ledger } from './ledger.ts'
import { pay } from './pay.ts'
import { parsePayment } from './payment.ts'
import { problemOf } from './problem-of.ts'

export interface Deps {
  readonly once: Once
  readonly ledger: Ledger
}

/** `POST /payments`, `GET /payments` and `GET /healthz`. */
export function paymentsApi(deps: Deps): RequestListener {
  return (request, response) => {
    const startedMs = performance.now()
    const answered = answer(request, deps).catch((error: unknown) => problemOf(error).reply())
    void answered.then((reply) => {
      console.log(logLine(request, reply, performance.now() - startedMs))
      if (!response.destroyed) send(response, reply)
    })
  }
}

async function answer(request: IncomingMessage, deps: Deps): Promise<Reply> {
  const path = request.url?.split('?', 1)[0]
  switch (`${request.method} ${path}`) {
    case 'POST /payments': {
      const key = idempotencyKeyOf(request.headersDistinct)
      const payment = parsePayment(await readBody(request))
      return pay(key, payment, deps)
    }
    case 'GET /payments':
      return json(200, { total: deps.ledger.count(), payments: deps.ledger.latest(100) })
    case 'GET /healthz': {
      const health = await deps.once.health()
      return json(health.status === 'unhealthy' ? 503 : 200, health)
    }
    default:
      throw noSuchRoute(request.method, path)
  }
}

function noSuchRoute(method: string | undefined, path: string | undefined): Problem {
  const isKnown = path === '/payments' || path === '/healthz'
  return new Problem({
    status: isKnown ? 405 : 404,
    code: isKnown ? 'NO_SUCH_METHOD' : 'NO_SUCH_PATH',
    title: 'There is nothing here',
    detail: `${method} ${path} is not part of this service.`,
    action: 'Use POST /payments, GET /payments or GET /healthz.',
    ...(isKnown ? { headers: { allow: path === '/payments' ? 'GET, POST' : 'GET' } } : {}),
  })
}

function logLine({ method, url }: IncomingMessage, { status, headers }: Reply, ms: number): string {
  const replayed = headers?.['idempotent-replayed'] === undefined ? '' : ', replayed'
  return `${method} ${url}: ${status}${replayed}, ${Math.round(ms)} ms`
}
