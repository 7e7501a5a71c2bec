import { FLAG, nameOld, readOld, STATES, writeOld } from './mixed-versions-record.ts'
import type { OldRecord, Refusal } from './mixed-versions-record.ts'
import type { OldStore } from './mixed-versions-old-store.ts'

export interface OldOutcome {
  readonly state: 'succeeded' | 'failed'
  readonly codec: number
  /** Hexadecimal. */
  readonly body: string
}

export type OldClaim =
  | { readonly status: 'claimed'; readonly fence: bigint; readonly attempt: number }
  | { readonly status: 'executing' | 'done'; readonly record: OldRecord }
  | { readonly status: 'refused'; readonly why: Refusal }

const TTL_MS = 60_000
const NO_FINGERPRINT = '00'.repeat(16)

/** Claims, commits and reads as the tables of `docs/protocol.md` say, without payloads and limits, for which it has no use. */
export class OldClient {
  readonly #store: OldStore
  readonly #prefix: string

  constructor(store: OldStore, prefix: string) {
    this.#store = store
    this.#prefix = prefix
  }

  async plant(key: string, bytes: Uint8Array): Promise<void> {
    await this.#store.step(this.#name(key), () => ({
      answer: undefined,
      write: { bytes: Buffer.from(bytes), expiresInMs: undefined, executing: bytes[1] === 1 },
    }))
  }

  bytes(key: string): Promise<Uint8Array | undefined> {
    return this.#store.step(this.#name(key), (bytes) => ({ answer: bytes }))
  }

  read(key: string): Promise<OldRecord | Refusal | 'none'> {
    return this.#store.step(this.#name(key), (bytes) => ({
      answer: bytes === undefined ? 'none' : readOld(bytes),
    }))
  }

  claim(key: string, token: string, leaseMs: number): Promise<OldClaim> {
    return this.#store.step<OldClaim>(this.#name(key), (bytes, now) => {
      const found = bytes === undefined ? undefined : readOld(bytes)
      if (typeof found === 'string') return { answer: { status: 'refused', why: found } }
      if (found !== undefined && STATES[found.state] !== 'released') {
        const takeover =
          isExecuting(found) && found.at <= now.leaseMs && !(found.flags & FLAG.effect)
        if (found.token === token || !takeover) {
          const status = isExecuting(found) ? 'executing' : 'done'
          return { answer: { status, record: found } }
        }
      }
      const fence = now.lastFence + 1n > now.wallUs ? now.lastFence + 1n : now.wallUs
      const attempt = (found?.attempt ?? 0) + 1
      const record: OldRecord = {
        ...{
          state: STATES.indexOf('executing'),
          codec: 0,
          body: '',
          ...found,
          attempt,
          fence,
          token,
        },
        flags: (found?.flags ?? 0) & ~FLAG.effect,
        fingerprint: found?.fingerprint ?? NO_FINGERPRINT,
        at: now.leaseMs + BigInt(leaseMs),
        meta: '{"host":"another release"}',
      }
      const granted = { ...record, state: STATES.indexOf('executing') }
      return {
        answer: { status: 'claimed', fence, attempt },
        write: { bytes: writeOld(granted), expiresInMs: leaseMs + TTL_MS, executing: true, fence },
      }
    })
  }

  commit(key: string, token: string, outcome: OldOutcome): Promise<'committed' | 'lost' | Refusal> {
    return this.#store.step<'committed' | 'lost' | Refusal>(this.#name(key), (bytes, now) => {
      const found = bytes === undefined ? undefined : readOld(bytes)
      if (typeof found === 'string') return { answer: found }
      if (found === undefined || found.token !== token) return { answer: 'lost' }
      if (!isExecuting(found)) return { answer: 'committed' }
      const settled: OldRecord = {
        ...found,
        state: STATES.indexOf(outcome.state),
        flags: found.flags & FLAG.fingerprint,
        at: now.wallUs / 1000n,
        meta: '',
        codec: outcome.codec,
        body: outcome.body,
      }
      return {
        answer: 'committed',
        write: {
          bytes: writeOld(settled),
          expiresInMs: TTL_MS,
          executing: false,
          wake: Boolean(found.flags & FLAG.waiters),
        },
      }
    })
  }

  #name(key: string): ReturnType<typeof nameOld> {
    return nameOld(this.#prefix, key)
  }
}

function isExecuting({ state }: OldRecord): boolean {
  return STATES[state] === 'executing'
}
