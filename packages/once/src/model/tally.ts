import type { Invariant } from './invariant.ts'

/** How often everything happened, so that a model that has gone blind is noticed. */
export class Tally {
  /** By kind of event. */
  readonly events: Map<string, number> = new Map()
  /** What the machine answered, as `claim: mismatch`. */
  readonly answers: Map<string, number> = new Map()
  /** What callers were told. */
  readonly ends: Map<string, number> = new Map()
  /** How often an invariant was put to the test. */
  readonly checks: Map<Invariant, number> = new Map()

  event(kind: string): void {
    count(this.events, kind, 1)
  }

  answer(verb: string, answer: string): void {
    count(this.answers, `${verb}: ${answer}`, 1)
  }

  end(label: string): void {
    count(this.ends, label, 1)
  }

  check(invariant: Invariant): void {
    count(this.checks, invariant, 1)
  }

  /** What another tally counted, too. */
  add(other: Tally): void {
    for (const [name, more] of other.events) count(this.events, name, more)
    for (const [name, more] of other.answers) count(this.answers, name, more)
    for (const [name, more] of other.ends) count(this.ends, name, more)
    for (const [name, more] of other.checks) count(this.checks, name, more)
  }
}

function count<Name>(counts: Map<Name, number>, name: Name, more: number): void {
  counts.set(name, (counts.get(name) ?? 0) + more)
}
