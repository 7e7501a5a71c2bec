import type { OnceConfig } from '@oncekit/once'
import type { ChargeAnswer, ChargeRequest } from './bank.ts'

/** What a worker is started with. */
export interface WorkerSettings {
  readonly store: string
  readonly prefix: string
  readonly lease: OnceConfig['lease']
  readonly ttl: OnceConfig['ttl']
}

/** A payment as a client sends it. */
export interface PayRequest {
  readonly key: string
  /** JSON, as it would stand in the body of `POST /payments`. */
  readonly body: string
}

/** What the client is answered. */
export interface PayAnswer {
  readonly status: number
  /** `Idempotent-Replayed` stands in its header. */
  readonly replayed: boolean
  readonly body: string
}

export type ToWorker =
  | { readonly type: 'pay'; readonly id: number; readonly request: PayRequest }
  | { readonly type: 'charge-answer'; readonly id: number; readonly answer: ChargeAnswer }

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'answer'; readonly id: number; readonly answer: PayAnswer }
  | { readonly type: 'charge'; readonly id: number; readonly request: ChargeRequest }
  /** A run has begun that takes over from one whose lease was over. */
  | { readonly type: 'takeover'; readonly key: string }
  /** A run has failed, so that another may follow. */
  | { readonly type: 'failed-run'; readonly key: string }
