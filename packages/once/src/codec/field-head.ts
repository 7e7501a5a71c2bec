import { quote } from './quote.ts'

/** What stands before the value of a field in JSON text. */
export interface FieldHead {
  readonly first: string
  /** After another field. */
  readonly next: string
}

/** A service's payloads have the same names again and again: quoting each once is quicker. */
export function fieldHead(name: string): FieldHead {
  return kept.get(name) ?? newHead(name)
}

const kept = new Map<string, FieldHead>()
// Names may come from strangers: what is kept must not grow with them.
const MOST_KEPT = 1_000
const LONGEST_KEPT = 64

function newHead(name: string): FieldHead {
  const first = `${quote(name)}:`
  const head: FieldHead = { first, next: `,${first}` }
  if (name.length <= LONGEST_KEPT) {
    if (kept.size >= MOST_KEPT) kept.clear()
    kept.set(name, head)
  }
  return head
}
