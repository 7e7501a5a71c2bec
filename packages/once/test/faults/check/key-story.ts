import type {
  CallEvent,
  ChargeEvent,
  ClaimEvent,
  ClearEvent,
  EndEvent,
  KeyEvent,
  RanEvent,
  RunEvent,
  SentEvent,
  StepEvent,
} from '../events.ts'

interface Told {
  readonly at: number
  readonly worker: string
}

export interface CallStory extends CallEvent, Told {
  readonly ends: readonly (EndEvent & Told)[]
}

export interface RunStory extends RunEvent, Told {
  readonly ran: (RanEvent & Told) | undefined
  readonly abortedAt: number | undefined
  /** The claim it runs under. */
  readonly claim: ClaimStory | undefined
}

export type ClaimStory = ClaimEvent & Told

/** What an owner sent, under the fence of its claim. */
export type OfClaim<Event> = Event & Told & { readonly fence: number }

/** A clear, and when it may have been carried out. */
export interface ClearStory extends ClearEvent, Told {
  readonly untilMs: number
}

/** All that is known of one key, in the order in which it happened. */
export interface KeyStory {
  readonly key: string
  readonly events: readonly KeyEvent[]
  readonly firstAt: number
  readonly lastAt: number
  readonly calls: readonly CallStory[]
  /** Ends of calls that never began. */
  readonly strayEnds: readonly (EndEvent & Told)[]
  /** By fence. */
  readonly runs: readonly RunStory[]
  /** By fence. */
  readonly claims: readonly ClaimStory[]
  readonly steps: readonly OfClaim<StepEvent>[]
  readonly sent: readonly OfClaim<SentEvent>[]
  /** Those that may have removed something. */
  readonly clears: readonly ClearStory[]
  /** Those that were told there was nothing to remove. */
  readonly deniedClears: readonly ClearStory[]
  /** After these nothing of before was there. */
  readonly answeredClears: readonly ClearStory[]
  /** In the ledger's order. */
  readonly charges: readonly ChargeEvent[]
}

/** A request that got no answer may be carried out later: when a paused server goes on. */
const LATE_MS = 15_000

export function storyOf(key: string, told: readonly KeyEvent[]): KeyStory {
  const events = told.toSorted((a, b) => a.at - b.at)
  const of = <Type extends KeyEvent['type']>(type: Type) =>
    events.filter((event): event is Extract<KeyEvent, { type: Type }> => event.type === type)
  const ends = Map.groupBy(of('end'), ({ call }) => call)
  const rans = new Map(of('ran').map((ran) => [ran.run, ran]))
  const aborts = new Map(of('abort').map(({ run, at }) => [run, at]))
  const cleared = new Map(of('cleared').map((each) => [each.id, each]))
  const claims = of('claim').toSorted(byFence)
  const fences = new Map(claims.map(({ token, fence }) => [token, fence]))
  // A claim whose answer was lost is released too, and nobody knows its fence.
  const withFence = <Event extends { readonly token: string }>(event: Event) => {
    const fence = fences.get(event.token)
    return fence === undefined ? [] : [{ ...event, fence }]
  }
  const callStory = (call: CallEvent & Told): CallStory => ({
    ...call,
    ends: ends.get(call.call) ?? [],
  })
  const runStory = (run: RunEvent & Told): RunStory => ({
    ...run,
    ran: rans.get(run.run),
    abortedAt: aborts.get(run.run),
    claim: claims.find(({ fence, worker }) => fence === run.fence && worker === run.worker),
  })
  const answerTo = (id: string) => cleared.get(id)?.answer
  const isOver = ({ id }: ClearEvent): boolean =>
    answerTo(id) === 'cleared' || answerTo(id) === 'nothing'
  const clearStory = (clear: ClearEvent & Told): ClearStory => {
    const endsAt = cleared.get(clear.id)?.at ?? clear.at
    return { ...clear, untilMs: isOver(clear) ? endsAt : endsAt + LATE_MS }
  }
  const clears = of('clear').map(clearStory)
  const calls = of('call').map(callStory)
  for (const { call } of calls) ends.delete(call)
  return {
    key,
    events,
    firstAt: events[0]?.at ?? 0,
    lastAt: events.at(-1)?.at ?? 0,
    calls,
    strayEnds: [...ends.values()].flat(),
    runs: of('run').toSorted(byFence).map(runStory),
    claims,
    steps: of('step').flatMap(withFence),
    sent: of('sent').flatMap(withFence),
    clears: clears.filter(({ id }) => !['nothing', 'refused'].includes(answerTo(id) ?? '')),
    deniedClears: clears.filter(({ id }) => answerTo(id) === 'nothing'),
    answeredClears: clears.filter(isOver),
    charges: told.filter((event) => event.type === 'charge'),
  }
}

export function mayBeCleared({ clears }: KeyStory, fromMs: number, toMs: number): boolean {
  return clears.some(({ at, untilMs }) => at <= toMs && untilMs >= fromMs)
}

/** When somebody first knew that the outcome of this run is the key's: the answer to its commit, or a value that was given. */
export function knownCommittedAt(story: KeyStory, run: RunStory): number {
  const answered = story.steps
    .filter(({ fence, answer }) => fence === run.fence && answer === 'committed')
    .map(({ at }) => at)
  const given = story.calls
    .flatMap(({ ends }) => ends)
    .filter(({ value }) => value?.run === run.run)
    .map(({ at }) => at)
  return Math.min(Infinity, ...answered, ...given)
}

function byFence(a: { readonly fence: number }, b: { readonly fence: number }): number {
  return a.fence - b.fence
}
