/** What an operation gives back: 150 bytes of JSON. */
export const RESULT: object = {
  id: 're_8f14e45fceea167a',
  order: 'ord_20931',
  amount: 12_900,
  currency: 'EUR',
  status: 'captured',
  at: '2026-11-21T12:00:00.000Z',
  card: { brand: 'visa', last4: '4242' },
}

export const RESULT_TEXT: string = JSON.stringify(RESULT)

/** A result of its own for each operation: what is alike in a batch might travel once. */
export function resultOf(n: number): object {
  return { ...RESULT, id: `re_${n}` }
}

const REST_OF_TEXT = RESULT_TEXT.slice(RESULT_TEXT.indexOf(','))

/** {@link resultOf} as JSON, made as cheaply as can be. */
export function resultTextOf(n: number): string {
  return `{"id":"re_${n}"${REST_OF_TEXT}`
}

/** What tells one operation from another under the same key. */
export function payloadOf(n: number): object {
  return {
    order: `ord_${n}`,
    customer: 'cus_1f3870be',
    amount: 12_900 + (n % 100),
    currency: 'EUR',
    items: [{ sku: 'A-1001', count: 2 }],
  }
}

export const produce = async (): Promise<object> => RESULT

/** The callback of an operation that is done. */
export const refuse = async (): Promise<object> => {
  throw new Error('a replay ran its callback')
}

export const LEASE_MS = 30_000
export const TTL_MS = 86_400_000

/** Operations that are done before replays begin: so many that no two callers ask for the same at once. */
const DONE = 1024

/** `n`: the number of a call; callers that call at once get different keys. */
export function doneKey(keys: readonly string[], n: number): string {
  return keys[n % keys.length] ?? ''
}

/** Every process has keys of its own. */
export function keyOf(n: number): string {
  return `order:${process.pid}:${n}`
}

export function doneKeys(): string[] {
  return Array.from({ length: DONE }, (_, n) => `done:${process.pid}:${n}`)
}

/** A key for a store that keeps keys in order: they come in none. */
export function scattered(n: number): string {
  return `order:${((n * 2_654_435_761) % 4_294_967_296).toString(36)}`
}
