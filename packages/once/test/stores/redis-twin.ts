import * as machine from '../../src/machine.ts'
import type { Now, Step } from '../../src/machine.ts'
import { decodeRecord, encodeRecord } from '../../src/record.ts'
import type { OnceRecord } from '../../src/record.ts'
import type { OnceStore } from '../../src/store.ts'
import { fenceKey } from '../../src/stores/redis/verb.ts'

/** One verb with what it is asked; several requests travel together. */
export type Ask =
  | { readonly verb: 'claim'; readonly requests: readonly Parameters<OnceStore['claim']>[0][] }
  | { readonly verb: 'extend'; readonly requests: readonly Parameters<OnceStore['extend']>[0][] }
  | { readonly verb: 'commit'; readonly requests: readonly Parameters<OnceStore['commit']>[0][] }
  | { readonly verb: 'release'; readonly requests: readonly Parameters<OnceStore['release']>[0][] }
  | { readonly verb: 'touch'; readonly requests: readonly Parameters<OnceStore['touch']>[] }
  | { readonly verb: 'remove'; readonly requests: readonly Parameters<OnceStore['remove']>[] }

interface Entry {
  readonly record: OnceRecord
  /** As it was last set. */
  readonly expiresInMs: number | undefined
  readonly expiresAtMs: number
}

/** What the pure machine says Redis should hold and answer. */
export class RedisTwin {
  readonly entries: Map<string, Entry> = new Map()
  readonly fences: Map<string, number> = new Map()
  /** Pairs of channel and payload, since the last look. */
  wakes: [string, Buffer][] = []
  #nowUs: number

  constructor(nowUs: number) {
    this.#nowUs = nowUs
  }

  get nowUs(): number {
    return this.#nowUs
  }

  /** Moves the clock on; gives the keys that expired. */
  advance(us: number): string[] {
    this.#nowUs += us
    const gone = [...this.entries].filter(([, entry]) => entry.expiresAtMs <= this.#now().leaseMs)
    for (const [key] of gone) this.entries.delete(key)
    return gone.map(([key]) => key)
  }

  ask(ask: Ask): unknown[] {
    switch (ask.verb) {
      case 'claim':
        return ask.requests.map((request) => {
          const bucket = fenceKey(request.key)
          const fence = Math.max((this.fences.get(bucket) ?? 0) + 1, this.#nowUs)
          return this.#step(request.key, (record, now) => {
            const step = machine.claim(record, request, now, fence)
            if (step.answer.status === 'claimed' && step.write !== undefined) {
              this.fences.set(bucket, fence)
            }
            return step
          })
        })
      case 'extend':
        return ask.requests.map((request) =>
          this.#step(request.key, (record, now) => machine.extend(record, request, now)),
        )
      case 'commit':
        return ask.requests.map((request) =>
          this.#step(request.key, (record, now) => machine.commit(record, request, now)),
        )
      case 'release':
        return ask.requests.map((request) =>
          this.#step(request.key, (record, now) => machine.release(record, request, now)),
        )
      case 'touch':
        return ask.requests.map(([key, ttlMs]) =>
          this.#step(key, (record) => machine.touch(record, ttlMs)),
        )
      case 'remove':
        return ask.requests.map(([key, expect]) =>
          this.#step(key, (record, now) => machine.remove(record, expect, now)),
        )
      default:
        return ask satisfies never
    }
  }

  #now(): Now {
    const ms = Math.floor(this.#nowUs / 1000)
    return { leaseMs: ms, wallMs: ms }
  }

  #step<Answer>(
    key: string,
    act: (record: OnceRecord | undefined, now: Now) => Step<Answer>,
  ): Answer {
    const now = this.#now()
    const entry = this.entries.get(key)
    const { answer, write, wake } = act(entry?.record, now)
    const keep = (record: OnceRecord, expiresInMs: number | undefined): void => {
      const expiresAtMs = now.leaseMs + (expiresInMs ?? Infinity)
      this.entries.set(key, { record: asStored(record), expiresInMs, expiresAtMs })
    }
    if (write?.kind === 'put') keep(write.record, write.expiresInMs)
    else if (write?.kind === 'remove') this.entries.delete(key)
    else if (write?.kind === 'amend' && entry !== undefined) {
      this.entries.set(key, { ...entry, record: write.record })
    } else if (write?.kind === 'expire' && entry !== undefined) {
      keep(entry.record, write.expiresInMs)
    }
    if (wake === true) {
      const left = this.entries.get(key)
      const bytes = left === undefined ? Buffer.alloc(0) : encodeRecord(left.record)
      this.wakes.push([key, bytes.length > 4096 ? Buffer.alloc(0) : bytes])
    }
    return answer
  }
}

function asStored(record: OnceRecord): OnceRecord {
  return decodeRecord(encodeRecord(record))
}
