import { Problem } from './http/problem.ts'

/** What is to be paid. */
export interface Payment {
  /** In the smallest unit of the currency, such as cents. */
  readonly amount: number
  /** ISO 4217. */
  readonly currency: string
  readonly customer?: string
}

/** @throws {@link Problem} 400 that names each bad field */
export function parsePayment(json: string): Payment {
  const body = parseObject(json)
  const bad = [...rules].filter(([field, { accepts }]) => !accepts(body[field]))
  const unknown = Object.keys(body).filter((field) => !rules.has(field))
  if (bad.length + unknown.length > 0) {
    throw invalidFields(
      [...bad.map(([field]) => field), ...unknown],
      [
        ...bad.map(([field, { expected }]) => `${field}: expected ${expected}${got(body[field])}`),
        ...unknown.map((field) => `${field}: there is no such field`),
      ],
    )
  }
  // The rules are those of the type.
  return body as unknown as Payment
}

interface Rule {
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
}

const rules: ReadonlyMap<string, Rule> = new Map([
  [
    'amount',
    {
      expected: 'a whole number from 1 to 99999999, in the smallest unit of the currency',
      accepts: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) < 1e8,
    },
  ],
  [
    'currency',
    {
      expected: 'three capital letters, such as "EUR"',
      accepts: (value) => typeof value === 'string' && /^[A-Z]{3}$/.test(value),
    },
  ],
  [
    'customer',
    {
      expected: 'text of 1 to 100 characters, or no such field',
      accepts: (value) =>
        value === undefined ||
        (typeof value === 'string' && value.isWellFormed() && /^.{1,100}$/su.test(value)),
    },
  ],
] satisfies [keyof Payment, Rule][])

function parseObject(json: string): Readonly<Record<string, unknown>> {
  let body: unknown
  try {
    body = JSON.parse(json)
  } catch (error) {
    throw malformed(`It is not JSON: ${error instanceof Error ? error.message : 'unreadable'}.`)
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw malformed('It is JSON, but not an object.')
  }
  return { ...body }
}

function malformed(detail: string): Problem {
  return new Problem({
    status: 400,
    code: 'MALFORMED_BODY',
    title: 'The body cannot be read',
    detail,
    action: 'Send an object such as {"amount": 1999, "currency": "EUR"}.',
  })
}

function invalidFields(fields: readonly string[], told: readonly string[]): Problem {
  return new Problem({
    status: 400,
    code: 'INVALID_FIELDS',
    title: 'The payment cannot be accepted as it is',
    detail: `${told.join('; ')}.`,
    action: 'Correct it and send it again; the same key will do.',
    members: { fields },
  })
}

function got(value: unknown): string {
  return value === undefined ? '' : `, got ${JSON.stringify(value).slice(0, 40)}`
}
