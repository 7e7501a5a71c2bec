import { expectTurn, inTurn } from './turns.ts'

/** How a {@link Batcher} sends what it has collected. */
export interface BatcherOptions<Item, Reply, Answer> {
  /** Sends one batch. When it rejects or throws, every item of the batch is rejected. */
  send(items: readonly Item[]): Promise<Reply>
  /** How to read the answer of the n-th item; that may throw for this item alone. When this throws, every item is rejected. */
  read(reply: Reply, items: readonly Item[]): AnswerOf<Answer>
  /** What an item of a rejected batch is told. @defaultValue the batch's reason */
  failure?(reason: unknown, item: Item): unknown
  /** What an item weighs, in bytes. */
  sizeOf(item: Item): number
  /** Items of different groups never share a batch. @defaultValue one group */
  groupOf?(item: Item): string
  /** @defaultValue 64: larger batches form convoys, every caller then waits for the slowest */
  readonly maxItems?: number
  /** Batches are not made smaller than this. @defaultValue 8 */
  readonly minItems?: number
  /** Shared by batchers whose callers go round from one to the other. @defaultValue its own */
  readonly load?: Load
  /** An item that is bigger goes alone. @defaultValue 256 KiB */
  readonly maxBytes?: number
}

/** What is on its way. */
export interface Load {
  /** Items collected or sent, and not answered. */
  unanswered: number
}

/** Reads the answer of a batch's n-th item. */
export type AnswerOf<Answer> = (index: number) => Answer | PromiseLike<Answer>

/**
 * Sends together what is asked for in the same tick, in order.
 *
 * Nothing waits: a batch leaves when it is full, or in the microtask after its first item, whether or not earlier batches were
 * answered. There is no timer. Callers go round in four groups: were all of them in one batch, this process and the server would
 * take turns, each idle while the other works.
 */
export class Batcher<Item, Reply, Answer> {
  readonly #options: BatcherOptions<Item, Reply, Answer>
  readonly #maxItems: number
  readonly #minItems: number
  readonly #load: Load
  readonly #maxBytes: number
  /** Those of this tick, one for each group. No Map, for the reason that `LinkedList` tells. */
  #open: OpenBatch<Item, Answer>[] = []
  readonly #flush = (): void => {
    const batches = this.#open
    this.#open = []
    this.#scheduled = false
    for (const batch of batches) this.#sendInParts(batch)
  }
  #scheduled = false

  constructor(options: BatcherOptions<Item, Reply, Answer>) {
    this.#options = options
    this.#maxItems = options.maxItems ?? 64
    this.#minItems = Math.min(options.minItems ?? 8, this.#maxItems)
    this.#maxBytes = options.maxBytes ?? 256 * 1024
    this.#load = options.load ?? { unanswered: 0 }
  }

  /** Resolves with the answer of this item. */
  add(item: Item): Promise<Answer> {
    const bytes = this.#options.sizeOf(item)
    const batch = this.#batchFor(this.#options.groupOf?.(item) ?? '', bytes)
    batch.items.push(item)
    batch.bytes += bytes
    this.#load.unanswered++
    const answer = new Promise<Answer>((resolve, reject) => batch.callers.push({ resolve, reject }))
    if (batch.items.length >= this.#maxItems) this.#sendNow(batch)
    return answer
  }

  /** The open batch of the group, or a new one where that has no room for so many bytes. */
  #batchFor(group: string, bytes: number): OpenBatch<Item, Answer> {
    for (const batch of this.#open) {
      if (batch.group !== group) continue
      if (batch.bytes + bytes <= this.#maxBytes) return batch
      this.#sendNow(batch)
      break
    }
    const batch: OpenBatch<Item, Answer> = { group, items: [], callers: [], bytes: 0 }
    this.#open.push(batch)
    this.#schedule()
    return batch
  }

  #sendNow(batch: OpenBatch<Item, Answer>): void {
    this.#open.splice(this.#open.indexOf(batch), 1)
    this.#send(batch)
  }

  /** How many callers should go round together. */
  get #groupSize(): number {
    const share = Math.ceil(this.#load.unanswered / GROUPS)
    return Math.min(Math.max(share, this.#minItems), this.#maxItems)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    // queueMicrotask() makes an AsyncResource each time.
    void RESOLVED.then(this.#flush)
  }

  #sendInParts(batch: Batch<Item, Answer>): void {
    const { items, callers } = batch
    const parts = Math.ceil(items.length / this.#groupSize)
    if (parts <= 1) {
      this.#send(batch)
      return
    }
    const size = Math.ceil(items.length / parts)
    for (let from = 0; from < items.length; from += size) {
      const to = from + size
      this.#send({ items: items.slice(from, to), callers: callers.slice(from, to) })
    }
  }

  #send(batch: Batch<Item, Answer>): void {
    let sent: Promise<Reply>
    try {
      sent = this.#options.send(batch.items)
    } catch (reason) {
      this.#fail(batch, reason)
      return
    }
    expectTurn()
    sent.then(
      (reply) => this.#inTurn(batch, () => this.#answer(batch, reply)),
      (reason: unknown) => this.#inTurn(batch, () => this.#fail(batch, reason)),
    )
  }

  #inTurn({ callers }: Batch<Item, Answer>, act: () => void): void {
    inTurn({ callers: callers.length, room: this.#groupSize, act })
  }

  #answer(batch: Batch<Item, Answer>, reply: Reply): void {
    let answerOf: AnswerOf<Answer>
    try {
      answerOf = this.#options.read(reply, batch.items)
    } catch (reason) {
      this.#fail(batch, reason)
      return
    }
    this.#load.unanswered -= batch.items.length
    let index = 0
    for (const caller of batch.callers) settle(caller, answerOf, index++)
  }

  #fail(batch: Batch<Item, Answer>, reason: unknown): void {
    this.#load.unanswered -= batch.items.length
    for (const [index, item] of batch.items.entries()) {
      const told =
        this.#options.failure === undefined ? reason : this.#options.failure(reason, item)
      batch.callers[index]?.reject(told)
    }
  }
}

/** With one group at the server, one on each way and one here, nobody idles. */
const GROUPS = 4

const RESOLVED = Promise.resolve()

interface Batch<Item, Answer> {
  readonly items: Item[]
  readonly callers: Caller<Answer>[]
}

interface OpenBatch<Item, Answer> extends Batch<Item, Answer> {
  readonly group: string
  bytes: number
}

interface Caller<Answer> {
  readonly resolve: (answer: Answer | PromiseLike<Answer>) => void
  readonly reject: (error: unknown) => void
}

function settle<Answer>(caller: Caller<Answer>, answerOf: AnswerOf<Answer>, index: number): void {
  try {
    caller.resolve(answerOf(index))
  } catch (error) {
    caller.reject(error)
  }
}
