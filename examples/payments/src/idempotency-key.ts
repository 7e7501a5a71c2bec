import { Problem } from './http/problem.ts'

/**
 * The key a request carries, as `Idempotency-Key` or `X-Idempotency-Key`; in quotes, as the IETF
 * draft writes it, or without.
 *
 * @throws {@link Problem} 400 when there is none, more than one, or one that cannot be read
 */
export function idempotencyKeyOf(
  headers: Readonly<Record<string, readonly string[] | undefined>>,
): string {
  const values = ['idempotency-key', 'x-idempotency-key'].flatMap((name) => headers[name] ?? [])
  const [key = '', ...others] = new Set(values.map(unquoted))
  if (others.length > 0) throw refusal('IDEMPOTENCY_KEY_AMBIGUOUS', 'There is more than one key.')
  if (key === '') throw refusal('IDEMPOTENCY_KEY_MISSING', 'A payment needs a key, and has none.')
  return key
}

function unquoted(value: string): string {
  const text = value.startsWith('"') ? quoted.exec(value)?.[1]?.replace(/\\(.)/g, '$1') : value
  if (text === undefined || !/^[\x20-\x7e]*$/.test(text)) {
    throw refusal('IDEMPOTENCY_KEY_MALFORMED', 'The key is not printable ASCII, quoted or not.')
  }
  return text
}

/** A string of RFC 9651; its parameters mean nothing here. */
const quoted = /^"((?:[^"\\]|\\["\\])*)" *(?:;.*)?$/

function refusal(code: string, detail: string): Problem {
  return new Problem({
    status: 400,
    code,
    title: 'The Idempotency-Key cannot be used',
    detail: `${detail} It tells a repeat from another payment for the same amount.`,
    action:
      'Make up a key for each payment, such as a UUID, and send it in one header, ' +
      "-H 'Idempotency-Key: …'. To repeat that payment safely, send the same key again.",
  })
}
