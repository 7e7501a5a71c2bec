import { randomUUID } from 'node:crypto'

import fc from 'fast-check'
import { expect } from 'vitest'

import { storageKey } from '../../key.ts'
import type { ClaimAnswer, StoredRecord } from '../../store.ts'
import { MemoryOnceStore } from '../../stores/memory.ts'
import type { KnownTraits } from '../traits.ts'
import { answerTo, informed } from './ask.ts'
import type { Ask } from './ask.ts'
import type { OpenConnections, OpenedConnections } from './connections.ts'
import { Fences } from './fences.ts'
import type { Grant } from './fences.ts'
import { KEY_NAMES, anySteps } from './steps.ts'
import type { Sent, Step } from './steps.ts'
import { MovedTime } from './time.ts'
import { kindOf, kindsOfRecord, plain, plainAnswer } from './told.ts'

export interface PlayOptions {
  readonly fences: KnownTraits['fences']
  readonly numRuns: number
  readonly seed: number
  /** Whether a sequence that fails is left as it is, instead of being made smaller. */
  readonly endOnFailure?: boolean
}

/** Plays random steps on a store and on the model; gives the kinds of answers and records that were seen. */
export async function play(
  open: OpenConnections,
  { fences, ...parameters }: PlayOptions,
): Promise<ReadonlySet<string>> {
  await using duel = await Duel.begin(open, new Fences(fences))
  await fc.assert(
    fc.asyncProperty(anySteps, async (steps) => {
      await duel.nextRun()
      for (const step of steps) await duel.take(step)
    }),
    parameters,
  )
  return duel.seen
}

class Duel implements AsyncDisposable {
  readonly seen: Set<string> = new Set()
  readonly #time: MovedTime
  readonly #opened: OpenedConnections
  readonly #model: MemoryOnceStore
  readonly #fences: Fences
  #prefix = ''

  static async begin(open: OpenConnections, fences: Fences): Promise<Duel> {
    const time = new MovedTime()
    return new Duel(time, await open(time), fences)
  }

  private constructor(time: MovedTime, opened: OpenedConnections, fences: Fences) {
    this.#time = time
    this.#opened = opened
    this.#fences = fences
    this.#model = new MemoryOnceStore({ clock: time, maxEntries: Infinity, maxBytes: Infinity })
  }

  /** Keys that nobody used, at a time at which no earlier fence matters. */
  async nextRun(): Promise<void> {
    this.#prefix = `differential-${randomUUID()}`
    await this.#pass(1000)
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'ask':
        await this.#ask(step.asks)
        break
      case 'pass':
        await this.#pass(step.ms)
        break
      case 'pass to an end':
        await this.#passToEnd(step.of, step.plusMs)
        break
      default:
        step satisfies never
    }
    await this.#compareRecords()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#opened.connections.toReversed()) await store.close()
    await this.#model.close()
    await this.#opened.cleanUp?.()
  }

  async #ask(sent: readonly Sent[]): Promise<void> {
    const { connections } = this.#opened
    const asked = await Promise.all(sent.map((one) => this.#addressed(one)))
    const answers = await Promise.all(
      asked.map(({ ofStore, connection }) => {
        const store = connections[connection % connections.length]
        if (store === undefined) throw new RangeError('open() has to give a connection')
        return answerTo(ofStore, store)
      }),
    )
    const expected: unknown[] = []
    // Of several claims of one key the store may let in which it likes, but one only.
    const order = [...asked.keys()].toSorted(
      (a, b) => Number(isClaimed(answers[b])) - Number(isClaimed(answers[a])),
    )
    for (const index of order) {
      const ofModel = asked[index]?.ofModel
      if (ofModel !== undefined) expected[index] = await answerTo(ofModel, this.#model)
    }
    this.#fences.grant(
      asked.flatMap(({ ofModel }, index) =>
        this.#granted(ofModel, expected[index], answers[index]),
      ),
      this.#time.now(),
    )
    expect(asked.map(({ ofStore }, index) => plainAnswer(ofStore, answers[index]))).toEqual(
      asked.map(({ ofStore }, index) => plainAnswer(ofStore, expected[index], this.#fenceOf)),
    )
    for (const [index, { ofStore }] of asked.entries()) {
      this.seen.add(kindOf(ofStore, answers[index]))
    }
  }

  async #addressed({ ask, knowledge, connection }: Sent): Promise<Addressed> {
    const key = this.#key(ask.request.key)
    const record = (await this.#model.read(key))?.record
    const named = { ...ask, request: { ...ask.request, key } } as Ask
    const storeRecord = record && { ...record, fence: this.#fences.of(record.fence) }
    return {
      ofModel: informed(named, record, knowledge),
      ofStore: informed(named, storeRecord, knowledge),
      connection,
    }
  }

  #granted({ request }: Ask, expected: unknown, answer: unknown): readonly Grant[] {
    if (!isClaimed(expected) || !isClaimed(answer) || this.#fences.isKnown(expected.fence))
      return []
    return [{ key: request.key, model: expected.fence, store: answer.fence }]
  }

  async #compareRecords(): Promise<void> {
    const keys = KEY_NAMES.map((name) => this.#key(name))
    const expected = (await this.#kept()).map((found) => plain(found, this.#fenceOf))
    await Promise.all(
      this.#opened.connections.map(async (store, connection) => {
        const found = await Promise.all(keys.map((key) => store.read(key)))
        expect(
          found.map((record) => plain(record)),
          `read over connection ${connection}`,
        ).toEqual(expected)
        for (const kind of found.flatMap(kinds)) this.seen.add(kind)
      }),
    )
  }

  async #passToEnd(of: 'lease' | 'record', plusMs: number): Promise<void> {
    const kept = await this.#kept()
    const left = kept.map(
      (found) => (of === 'lease' ? found?.leaseLeftMs : found?.expiresInMs) ?? 0,
    )
    const ms = Math.min(...left.filter((leftMs) => leftMs > 0)) + plusMs
    if (ms <= 0 || ms > LONGEST_PASS_MS) return
    await this.#pass(ms)
    const gone = (await this.#kept()).filter(
      (found, nth) => found === undefined && kept[nth] !== undefined,
    )
    if (gone.length > 0) this.seen.add('a record: expired')
  }

  /** What the model keeps for each key. */
  #kept(): Promise<readonly (StoredRecord | undefined)[]> {
    return Promise.all(KEY_NAMES.map((name) => this.#model.read(this.#key(name))))
  }

  async #pass(ms: number): Promise<void> {
    this.#time.move(ms)
    await this.#opened.timeMoved?.()
  }

  #key(name: string): string {
    return storageKey(this.#prefix, name)
  }

  readonly #fenceOf = (model: number): number => this.#fences.of(model)
}

/** One question as it is put to the one and to the other: only fences differ. */
interface Addressed {
  readonly ofModel: Ask
  readonly ofStore: Ask
  readonly connection: number
}

/** A few hundred runs must not reach a time whose fences are beyond 2^53. */
const LONGEST_PASS_MS = 3_600_000

function isClaimed(answer: unknown): answer is ClaimAnswer & { readonly status: 'claimed' } {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'status' in answer &&
    answer.status === 'claimed'
  )
}

function kinds(found: StoredRecord | undefined): readonly string[] {
  return found === undefined ? [] : kindsOfRecord(found)
}
