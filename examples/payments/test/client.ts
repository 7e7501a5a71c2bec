/** What came back for a request. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Byte for byte. */
  readonly body: string
}

export interface Problem {
  readonly code: string
  readonly detail: string
  readonly action: string
  readonly retryable: boolean
}

export interface Ledger {
  readonly total: number
  readonly payments: readonly { readonly asked: number; readonly charge: { readonly id: string } }[]
}

export function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return request(`${url}/payments`, { method: 'POST', headers, body: text })
}

/** Pays with a key. */
export function pay(url: string, key: string, payment: unknown): Promise<Answer> {
  return post(url, { 'Idempotency-Key': key }, payment)
}

export async function ledgerOf(url: string): Promise<Ledger> {
  const { body } = await request(`${url}/payments`)
  return JSON.parse(body) as Ledger
}

export function problemIn({ body }: Pick<Answer, 'body'>): Problem {
  return JSON.parse(body) as Problem
}

/** How many payments are being made at this moment. */
export async function executing(url: string): Promise<number> {
  const { body } = await request(`${url}/healthz`)
  const health = JSON.parse(body) as { readonly details: { readonly executing: number } }
  return health.details.executing
}

/** Does what a printed curl command would do. */
export function curl(line: string): Promise<Answer> {
  const [, url = ''] = /curl -i (\S+)/.exec(line) ?? []
  const [, name = '', value = ''] = /-H '([^:]+): ([^']+)'/.exec(line) ?? []
  const [, body = ''] = /-d '([^']+)'/.exec(line) ?? []
  return request(url, { method: 'POST', headers: { [name]: value }, body })
}

async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init)
  return { status: response.status, headers: response.headers, body: await response.text() }
}
