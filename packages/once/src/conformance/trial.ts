import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect } from 'vitest'

import { storageKey } from '../key.ts'
import type { OnceStore } from '../store.ts'
import type { KnownTraits, OpenedStore, OpenStore } from './traits.ts'

/** States the promises of one topic. */
export type Promises = (promise: StatePromise, traits: KnownTraits) => void

export type StatePromise = (
  sentence: string,
  keep: (trial: Trial) => Promise<void>,
  options?: { readonly timeoutMs?: number },
) => void

/** A store opened for one test, with keys and a clock for it. */
export class Trial implements AsyncDisposable {
  readonly store: OnceStore
  readonly traits: KnownTraits
  /** Nobody else's. */
  readonly prefix: string = `trial-${randomUUID()}`
  readonly #opened: OpenedStore
  readonly #others: OnceStore[] = []

  constructor(opened: OpenedStore, traits: KnownTraits) {
    this.#opened = opened
    this.store = opened.store
    this.traits = traits
  }

  static async open(open: OpenStore, traits: KnownTraits): Promise<Trial> {
    return new Trial(await open(), traits)
  }

  key(name = 'key', scope?: string): string {
    return storageKey(this.prefix, name, scope)
  }

  /** A second connection to the same records; the first one where records are not shared. */
  async another(): Promise<OnceStore> {
    if (this.traits.shared === 'process') return this.store
    if (this.#opened.another === undefined) {
      throw new Error(
        `records are shared by the ${this.traits.shared}: open() has to give another()`,
      )
    }
    const store = await this.#opened.another()
    this.#others.push(store)
    return store
  }

  /** Lets so much of the store's time go by, and what the store needs to notice it. */
  async pass(ms: number): Promise<void> {
    const enough = ms + this.traits.ttlResolutionMs
    if (this.traits.clock === 'real') return sleep(enough + REAL_SLACK_MS)
    await this.advance(enough)
  }

  /** Moves an injected clock by exactly this. */
  async advance(ms: number): Promise<void> {
    if (this.#opened.advance === undefined) {
      throw new Error('the clock is injected: open() has to give advance()')
    }
    await this.#opened.advance(ms)
  }

  /** A remaining time that was just set: exact by an injected clock, a little less by a real one. */
  expectLeft(actualMs: number | undefined, ofMs: number): void {
    const tolerance = this.traits.ttlResolutionMs
    const spentMs = this.traits.clock === 'real' ? REAL_DELAY_MS : 0
    expect(actualMs).toBeLessThanOrEqual(ofMs + tolerance)
    expect(actualMs).toBeGreaterThanOrEqual(ofMs - tolerance - spentMs)
  }

  /** Puts bytes in a record's place. */
  async plant(key: string, bytes: Buffer): Promise<void> {
    if (this.#opened.plant === undefined) {
      throw new Error('records are bytes: open() has to give plant()')
    }
    await this.#opened.plant(key, bytes)
  }

  /** Puts something in a record's place that no release ever wrote there. */
  async plantForeign(key: string): Promise<void> {
    if (this.#opened.plantForeign !== undefined) return this.#opened.plantForeign(key)
    await this.plant(key, Buffer.from('written by somebody else'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#others.toReversed()) await store.close()
    await this.store.close()
    await this.#opened.cleanUp?.()
  }
}

/** Timers and clocks of different processes round differently. */
const REAL_SLACK_MS = 15
/** What a busy machine may spend between two calls. */
const REAL_DELAY_MS = 20_000
