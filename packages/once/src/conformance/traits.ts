import type { OnceStore, StoreTraits } from '../store.ts'

/** What a store is. The suite asks for what follows from it. */
export interface ConformanceTraits extends Partial<Omit<StoreTraits, 'name'>> {
  /** The store forgets a record at most this long after its time to live. @defaultValue 1 */
  readonly ttlResolutionMs?: number
  /** `injected`: `advance` moves the store's time, and nothing else does. @defaultValue `real` */
  readonly clock?: 'real' | 'injected'
  /** Among which keys no two claims get the same fence. @defaultValue `bucket` */
  readonly fences?: 'store' | 'bucket'
  /** `objects`: records never become bytes, so none can be unreadable. @defaultValue `bytes` */
  readonly records?: 'bytes' | 'objects'
}

export interface OpenedStore {
  readonly store: OnceStore
  /** A further connection to the same records. Needed unless `shared` is `process`. The suite closes it. */
  another?(): Promise<OnceStore>
  /** Moves the store's time. Needed when `clock` is `injected`. */
  advance?(ms: number): Promise<void>
  /** Puts these bytes where the record of the storage key is kept, with no expiry. Needed unless `records` are `objects`. */
  plant?(key: string, bytes: Buffer): Promise<void>
  /** Puts there what no record can be, where keys have types: a Redis hash. @defaultValue plants a line of text */
  plantForeign?(key: string): Promise<void>
  /** Called when the stores are closed: remove folders, stop servers. */
  cleanUp?(): Promise<void>
}

/** Opens a store for one test. What it held before is left alone. */
export type OpenStore = () => Promise<OpenedStore>

export type KnownTraits = Required<ConformanceTraits>

export function withDefaults(traits: ConformanceTraits): KnownTraits {
  return {
    shared: 'process',
    survivesRestart: false,
    durability: 'memory',
    ttlResolutionMs: 1,
    clock: 'real',
    fences: 'bucket',
    records: 'bytes',
    ...traits,
  }
}
