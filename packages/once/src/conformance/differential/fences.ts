import { expect } from 'vitest'

import { splitStorageKey } from '../../key.ts'
import type { KnownTraits } from '../traits.ts'

/** A claim that was granted, with the fences that the model and the store gave it. */
export interface Grant {
  readonly key: string
  readonly model: number
  readonly store: number
}

/**
 * Which of the store's fences stands for which of the model's.
 *
 * The protocol's rule leaves open over which keys a store counts, and in which order it takes what was asked in one tick; all else
 * of it is held to.
 */
export class Fences {
  readonly #scope: KnownTraits['fences']
  readonly #last = new Map<string, number>()
  readonly #ofModel = new Map<number, number>()

  constructor(scope: KnownTraits['fences']) {
    this.#scope = scope
  }

  isKnown(model: number): boolean {
    return this.#ofModel.has(model)
  }

  /** The store's fence in place of the model's. */
  of(model: number): number {
    return this.#ofModel.get(model) ?? model
  }

  /** Takes down what one tick granted: each the next after the last, and none below the time. */
  grant(grants: readonly Grant[], wallMs: number): void {
    for (const [scope, together] of Map.groupBy(grants, ({ key }) => this.#scopeOf(key))) {
      const first = Math.max((this.#last.get(scope) ?? 0) + 1, wallMs * 1000)
      const given = together.map(({ store }) => store).toSorted((a, b) => a - b)
      expect(given, 'the fences of the claims that were granted').toEqual(
        given.map((_, index) => first + index),
      )
      this.#last.set(scope, given.at(-1) ?? first)
    }
    for (const { model, store } of grants) this.#ofModel.set(model, store)
  }

  #scopeOf(key: string): string {
    if (this.#scope === 'store') return ''
    return key.slice(0, key.length - (splitStorageKey(key)?.suffix.length ?? 0))
  }
}
