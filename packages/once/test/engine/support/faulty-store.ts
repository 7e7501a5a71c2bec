import type { Clock } from '@oncekit/core'
import { OnceError } from '@oncekit/once'
import type {
  ClaimAnswer,
  ClaimRequest,
  CommitAnswer,
  CommitRequest,
  ExtendAnswer,
  ExtendRequest,
  OnceStore,
  ReleaseAnswer,
  ReleaseRequest,
  RemoveAnswer,
  RemoveExpectation,
  ScanPage,
  ScanRequest,
  StoredRecord,
  StoreTraits,
  TouchAnswer,
  WatchListener,
} from '@oncekit/once'

export type Verb =
  | 'claim'
  | 'extend'
  | 'commit'
  | 'release'
  | 'read'
  | 'touch'
  | 'remove'
  | 'scan'
  | 'watch'
  | 'health'

/** What happens to a call on its way. */
export type Fault =
  /** Nothing is done, and the caller is told at once. */
  | 'refused'
  /** It is done, and the answer is lost: the caller is told at once that nobody knows. */
  | 'answer lost'
  /** Nothing is done, and there is no answer. */
  | 'hangs'
  /** It is done, and there is no answer. */
  | 'mute'
  /** It is done, and answered, after so long. */
  | { readonly lateMs: number }
  /** It is done at once, and answered after so long. */
  | { readonly answeredAfterMs: number }

type Rule = (request: unknown) => Fault | undefined

/** A store as one process sees it over a network that fails on demand. Closing it leaves the store behind it open. */
export class FaultyStore implements OnceStore {
  readonly traits: StoreTraits
  readonly address: string
  /** How often each verb was asked for. */
  readonly asked = new Map<Verb, number>()
  /** Watches that were begun and not stopped. */
  watching = 0
  closed = false
  readonly #store: OnceStore
  readonly #clock: Clock
  readonly #rules = new Map<Verb, Rule>()
  #holding: (() => void)[] | undefined

  constructor(store: OnceStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
    this.traits = store.traits
    this.address = store.address
  }

  /** From now on the verb fails so: always, so many times, or by what is asked. */
  fail(verb: Verb, fault: Fault | Rule, times = Infinity): void {
    let left = times
    this.#rules.set(verb, (request) => {
      if (left-- <= 0) return undefined
      return typeof fault === 'function' ? fault(request) : fault
    })
  }

  /** Every verb fails so. */
  failAll(fault: Fault): void {
    for (const verb of VERBS) this.fail(verb, fault)
  }

  heal(): void {
    this.#rules.clear()
  }

  /** Answers are kept back until `letGo`, as for a process that does not run. */
  hold(): void {
    this.#holding ??= []
  }

  letGo(): void {
    const held = this.#holding
    this.#holding = undefined
    for (const go of held ?? []) go()
  }

  times(verb: Verb): number {
    return this.asked.get(verb) ?? 0
  }

  claim(request: ClaimRequest): Promise<ClaimAnswer> {
    return this.#pass('claim', request, () => this.#store.claim(request))
  }

  extend(request: ExtendRequest): Promise<ExtendAnswer> {
    return this.#pass('extend', request, () => this.#store.extend(request))
  }

  commit(request: CommitRequest): Promise<CommitAnswer> {
    return this.#pass('commit', request, () => this.#store.commit(request))
  }

  release(request: ReleaseRequest): Promise<ReleaseAnswer> {
    return this.#pass('release', request, () => this.#store.release(request))
  }

  read(key: string): Promise<StoredRecord | undefined> {
    return this.#pass('read', key, () => this.#store.read(key))
  }

  touch(key: string, ttlMs: number): Promise<TouchAnswer> {
    return this.#pass('touch', key, () => this.#store.touch(key, ttlMs))
  }

  remove(key: string, expect?: RemoveExpectation): Promise<RemoveAnswer> {
    return this.#pass('remove', key, () => this.#store.remove(key, expect))
  }

  scan(request: ScanRequest): Promise<ScanPage> {
    return this.#pass('scan', request, () => this.#store.scan(request))
  }

  watch(key: string, listener: WatchListener): Promise<() => void> {
    return this.#pass('watch', key, async () => {
      const unwatch = await this.#store.watch(key, (record) => this.#arrive(() => listener(record)))
      this.watching++
      let stopped = false
      return () => {
        if (!stopped) this.watching--
        stopped = true
        unwatch()
      }
    })
  }

  health(): ReturnType<OnceStore['health']> {
    return this.#pass('health', undefined, () => this.#store.health())
  }

  close(): Promise<void> {
    this.closed = true
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #pass<T>(verb: Verb, request: unknown, act: () => Promise<T>): Promise<T> {
    this.asked.set(verb, this.times(verb) + 1)
    const asked = this.#rules.get(verb)?.(request)
    const fault = verb === 'watch' ? withoutResidue(asked) : asked
    if (this.#holding !== undefined) await this.#arrival()
    switch (fault) {
      case undefined:
        break
      case 'refused':
        throw unreachable(verb)
      case 'answer lost':
        await act()
        throw unreachable(verb)
      case 'hangs':
        return never()
      case 'mute':
        await act()
        return never()
      default:
        if ('lateMs' in fault) {
          await this.#sleep(fault.lateMs)
          break
        } else {
          const answer = await act()
          await this.#sleep(fault.answeredAfterMs)
          return answer
        }
    }
    const answer = await act()
    if (this.#holding !== undefined) await this.#arrival()
    return answer
  }

  #arrive(deliver: () => void): void {
    if (this.#holding === undefined) deliver()
    else this.#holding.push(deliver)
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => this.#holding?.push(resolve))
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimeout(resolve, ms)
    })
  }
}

/** A watch that was refused is none: no caller could stop it. */
function withoutResidue(fault: Fault | undefined): Fault | undefined {
  if (fault === 'answer lost') return 'refused'
  return fault === 'mute' ? 'hangs' : fault
}

const VERBS: readonly Verb[] = [
  'claim',
  'extend',
  'commit',
  'release',
  'read',
  'touch',
  'remove',
  'scan',
  'watch',
  'health',
]

function unreachable(verb: Verb): OnceError {
  return new OnceError('ONCE_STORE_UNAVAILABLE', `the network failed during ${verb}`)
}

function never<T>(): Promise<T> {
  return new Promise(() => {})
}
