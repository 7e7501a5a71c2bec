import { OnceError } from '../../errors.ts'
import type { CommitAnswer, OnceStore } from '../../store.ts'

/** A connection that can die, or lose what it is told about commits. */
export class DyingStore implements OnceStore {
  readonly #store: OnceStore
  readonly traits: OnceStore['traits']
  readonly address: string
  #dead = false
  #refusesCommits = false
  #answersToLose = 0

  constructor(store: OnceStore) {
    this.#store = store
    this.traits = store.traits
    this.address = store.address
  }

  /** From now on nothing arrives. */
  die(): void {
    this.#dead = true
  }

  loseAnswers(commits: number): void {
    this.#answersToLose = commits
  }

  refuseCommits(): void {
    this.#refusesCommits = true
  }

  recover(): void {
    this.#refusesCommits = false
  }

  claim: OnceStore['claim'] = (request) => this.#pass(() => this.#store.claim(request))
  extend: OnceStore['extend'] = (request) => this.#pass(() => this.#store.extend(request))
  release: OnceStore['release'] = (request) => this.#pass(() => this.#store.release(request))
  read: OnceStore['read'] = (key) => this.#pass(() => this.#store.read(key))
  touch: OnceStore['touch'] = (key, ttlMs) => this.#pass(() => this.#store.touch(key, ttlMs))
  remove: OnceStore['remove'] = (key, expected) =>
    this.#pass(() => this.#store.remove(key, expected))
  scan: OnceStore['scan'] = (request) => this.#pass(() => this.#store.scan(request))
  watch: OnceStore['watch'] = (key, listener) => this.#pass(() => this.#store.watch(key, listener))
  health: OnceStore['health'] = () => this.#store.health()

  commit: OnceStore['commit'] = async (request): Promise<CommitAnswer> => {
    if (this.#refusesCommits) throw unreachable()
    const committed = await this.#pass(() => this.#store.commit(request))
    if (this.#answersToLose-- > 0) throw unreachable()
    return committed
  }

  /** The connection behind it belongs to the trial. */
  close(): Promise<void> {
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #pass<T>(act: () => Promise<T>): Promise<T> {
    return this.#dead ? new Promise(() => {}) : act()
  }
}

function unreachable(): OnceError {
  return new OnceError('ONCE_STORE_UNAVAILABLE', 'the answer was lost')
}
