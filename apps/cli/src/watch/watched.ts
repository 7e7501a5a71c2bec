import type { RecordView } from '@oncekit/once'

import { changesOf } from './changes.ts'
import type { Change, ChangeName } from './changes.ts'
import type { Look } from './look.ts'

/** A key that is shown. */
export interface Entry {
  readonly key: string
  /** As it was last seen; also that of a key that has gone. */
  readonly record: RecordView
  readonly seenAtMs: number
  /** What happened to it last, and when. */
  readonly changes: readonly Change[]
  readonly changedAtMs: number
}

/** How long a change is pointed out. */
export const FRESH_MS = 5000

/** What is known of the keys, from one look to the next. */
export class Watched {
  /** Also finished keys are kept. */
  readonly #all: boolean
  readonly #entries = new Map<string, Entry>()
  #looks = 0

  constructor(options: { readonly all: boolean }) {
    this.#all = options.all
  }

  /** Keys that the next look should find, or ask for. */
  *expected(): Iterable<string> {
    for (const { key, record } of this.#present()) if (isOpen(record)) yield key
  }

  /** Takes in what a look found; gives what has changed. */
  take({ records, gone, complete }: Look, nowMs: number): readonly Change[] {
    const isFirst = this.#looks++ === 0
    const changes: Change[] = []
    const before = new Map([...this.#present()].map((entry) => [entry.key, entry.record]))
    for (const [key, record] of records) {
      const known = before.get(key)
      const found: readonly Change[] = isFirst
        ? [{ name: 'seen', key, record, before: undefined }]
        : // Of a part nobody knows whether a finished key is new, or was not looked at before.
          known === undefined && !isOpen(record) && !complete
          ? []
          : changesOf(key, known, record)
      changes.push(...found)
      this.#put(key, record, isFirst ? [] : found, nowMs)
    }
    for (const [key, known] of before) {
      if (records.has(key)) continue
      // Only a look at all keys can miss a finished one.
      const isMissed = this.#all && !isOpen(known)
      if (isMissed && !complete) this.#entries.delete(key)
      else if (isMissed || gone.has(key)) {
        const found = changesOf(key, known, undefined)
        changes.push(...found)
        this.#put(key, known, found, nowMs)
      }
    }
    this.#forget(nowMs)
    return changes
  }

  /** What somebody should see comes first, as long as it is fresh; then what changed last. */
  entries(nowMs: number): readonly Entry[] {
    const rank = (entry: Entry): number => (isNotable(entry, nowMs) ? 0 : 1)
    return [...this.#entries.values()].toSorted(
      (a, b) => rank(a) - rank(b) || b.changedAtMs - a.changedAtMs || (a.key < b.key ? -1 : 1),
    )
  }

  *#present(): Iterable<Entry> {
    for (const entry of this.#entries.values()) if (!isGone(entry)) yield entry
  }

  #put(key: string, record: RecordView, changes: readonly Change[], nowMs: number): void {
    const known = this.#entries.get(key)
    const hasNews = changes.length > 0 || known === undefined
    this.#entries.set(key, {
      key,
      record,
      seenAtMs: nowMs,
      changes: hasNews ? changes : known.changes,
      changedAtMs: hasNews ? nowMs : known.changedAtMs,
    })
  }

  #forget(nowMs: number): void {
    for (const entry of this.#entries.values()) {
      const { key, record, changedAtMs } = entry
      const stays = !isGone(entry) && (this.#all || isOpen(record))
      if (!stays && nowMs - changedAtMs >= FRESH_MS) this.#entries.delete(key)
    }
  }
}

/** Whether the record is no longer there. */
export function isGone({ changes }: Pick<Entry, 'changes'>): boolean {
  const last = changes.at(-1)
  return last !== undefined && last.record === undefined
}

/** Else a busy service would push it out of the window at once. */
function isNotable({ changes, changedAtMs }: Entry, nowMs: number): boolean {
  return nowMs - changedAtMs < FRESH_MS && changes.some(({ name }) => NOTABLE.has(name))
}

const NOTABLE: ReadonlySet<ChangeName> = new Set<ChangeName>([
  'taken over',
  'lease over',
  'failed',
  'indeterminate',
  'exhausted',
])

function isOpen({ state }: RecordView): boolean {
  return state === 'executing' || state === 'indeterminate' || state === 'exhausted'
}
