import type { OnceConfig } from '../../config.ts'
import { Once } from '../../once.ts'
import type { OnceStore } from '../../store.ts'
import type { Trial } from '../trial.ts'
import { skewed } from './skewed.ts'

export type EnginePromise = readonly [sentence: string, keep: (fleet: Fleet) => Promise<void>]

/** For hundreds of calls at once, each of which may be a write to a slow disk. */
export const UNHURRIED: Partial<OnceConfig> = {
  lease: '30s',
  storeTimeout: '9s',
  waitTimeout: '20s',
}

/** After the end of a dead owner's lease its key is taken no later than this. */
export const INHERITANCE_MS = 1_000

/** Providers on one store, each as in a process of its own, closed together. */
export class Fleet implements AsyncDisposable {
  /** Long enough for a busy machine to extend in time, short enough to wait for. */
  readonly leaseMs: number
  readonly #trial: Trial
  readonly #providers: Once[] = []

  constructor(trial: Trial) {
    this.#trial = trial
    this.leaseMs = trial.traits.shared === 'process' ? 600 : 900
  }

  get prefix(): string {
    return this.#trial.prefix
  }

  /** A connection of its own, which the trial closes. */
  connection(): Promise<OnceStore> {
    return this.#trial.another()
  }

  async provider(config: Partial<OnceConfig> = {}, store?: OnceStore, skewMs = 0): Promise<Once> {
    const once = await Once.create(
      {
        ...Once.defaultConfig('test'),
        prefix: this.prefix,
        lease: this.leaseMs,
        storeTimeout: Math.floor(this.leaseMs / 3.5),
        ...config,
      },
      {
        store: store ?? (await this.connection()),
        ...(skewMs === 0 ? {} : { clock: skewed(skewMs) }),
      },
    )
    this.#providers.push(once)
    return once
  }

  async providers(count: number, config: Partial<OnceConfig> = {}): Promise<Once[]> {
    return Promise.all(Array.from({ length: count }, () => this.provider(config)))
  }

  async pair(config: Partial<OnceConfig> = {}): Promise<readonly [Once, Once]> {
    return [await this.provider(config), await this.provider(config)]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#providers.map((once) => once.close()))
  }
}
