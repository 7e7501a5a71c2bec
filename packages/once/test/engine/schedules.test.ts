import { storageKey } from '@oncekit/once'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { seedOf } from '../../src/conformance/seed.ts'
import { endingOf } from './support/ending.ts'
import type { Ending } from './support/ending.ts'
import type { Fault, Verb } from './support/faulty-store.ts'
import { Ledger } from './support/ledger.ts'
import type { Made } from './support/ledger.ts'
import { LEASE_MS, PREFIX, Rig, STORE_TIMEOUT_MS } from './support/rig.ts'
import type { Process } from './support/rig.ts'

const KEYS = ['a', 'b']
const PROCESSES = 3
const FAULTY: readonly Verb[] = ['claim', 'extend', 'commit', 'release', 'read', 'watch']

type Event =
  | {
      readonly do: 'call'
      readonly process: number
      readonly key: string
      readonly payload: number | undefined
      readonly onDuplicate: 'wait' | 'reject'
      readonly onStoreError: 'fail' | 'run'
      readonly waitMs: number
      readonly runsMs: number
      readonly ends: 'value' | 'error' | 'abort'
      readonly leavesAfterMs: number | undefined
    }
  | { readonly do: 'advance'; readonly ms: number }
  | {
      readonly do: 'fault'
      readonly process: number
      readonly verb: Verb
      readonly fault: Fault
      readonly times: number
    }
  | { readonly do: 'heal' | 'pause' | 'resume'; readonly process: number }
  | {
      readonly do: 'clear'
      readonly process: number
      readonly key: string
      readonly force: boolean
    }
  | { readonly do: 'skew'; readonly process: number; readonly ms: number }

const process = fc.nat(PROCESSES - 1)
const key = fc.constantFrom(...KEYS)
const short = fc.constantFrom(
  0,
  1,
  10,
  60,
  300,
  STORE_TIMEOUT_MS,
  LEASE_MS / 2,
  LEASE_MS + 1,
  LEASE_MS * 2,
)

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      process,
      key,
      payload: fc.constantFrom(undefined, undefined, 1, 1, 2),
      onDuplicate: fc.constantFrom('wait' as const, 'wait' as const, 'reject' as const),
      onStoreError: fc.constantFrom(
        'fail' as const,
        'fail' as const,
        'fail' as const,
        'run' as const,
      ),
      waitMs: fc.constantFrom(0, 100, 5_000),
      runsMs: short,
      ends: fc.constantFrom('value' as const, 'value' as const, 'error' as const, 'abort' as const),
      leavesAfterMs: fc.option(short, { nil: undefined, freq: 4 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: short }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      process,
      verb: fc.constantFrom(...FAULTY),
      fault: fc.constantFrom<Fault>(
        'refused',
        'answer lost',
        'hangs',
        'mute',
        { lateMs: 100 },
        { lateMs: STORE_TIMEOUT_MS * 2 },
        { answeredAfterMs: STORE_TIMEOUT_MS / 2 },
        { answeredAfterMs: STORE_TIMEOUT_MS * 2 },
      ),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('heal' as const, 'pause' as const, 'resume' as const),
      process,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('clear' as const), process, key, force: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('skew' as const),
      process,
      ms: fc.constantFrom(-86_400_000, 0, LEASE_MS, 86_400_000),
    }),
  },
)

/** No owner loses its lease to one of these. */
const CALM: ReadonlySet<Event['do']> = new Set(['call', 'advance', 'clear'])

const { env } = globalThis.process
const seed = seedOf(env)
const runs = Number(env['ONCEKIT_RUNS'] ?? 1_500)

test(
  `I1 I2 I4 I5 I33 hold in ${runs} random schedules of calls, faults, pauses and clears (ONCEKIT_SEED=${seed})`,
  { timeout: 20_000 + runs * 50 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 30, size: 'max' }),
        async (events) => {
          expect(await play(events)).toEqual([])
        },
      ),
      { seed, numRuns: runs },
    )
  },
)

/** Plays a schedule to its end; gives what was broken. */
async function play(events: readonly Event[]): Promise<readonly string[]> {
  const rig = new Rig()
  const ledger = new Ledger()
  const names = new Map(KEYS.map((name) => [storageKey(PREFIX, name), name]))
  ledger.watch(rig.store, (stored) => names.get(stored) ?? stored)
  const processes: Process[] = []
  for (let index = 0; index < PROCESSES; index++)
    processes.push(await rig.process({ maxRuntime: 20_000 }))
  const calls = processes.map((): Ending<unknown>[] => [])

  for (const step of events) {
    if (step.do === 'advance') {
      await rig.clock.advance(step.ms)
      continue
    }
    const on = processes[step.process]
    if (on === undefined) continue
    switch (step.do) {
      case 'call':
        calls[step.process]?.push(endingOf(call(rig, ledger, on, step)))
        break
      case 'fault':
        on.faults.fail(step.verb, step.fault, step.times)
        break
      case 'heal':
        on.faults.heal()
        break
      case 'pause':
        on.pause()
        break
      case 'resume':
        on.resume()
        break
      case 'clear':
        endingOf(on.once.clear(step.key, { force: step.force }))
        break
      case 'skew':
        on.clock.skewMs = step.ms
        break
      default:
        step satisfies never
    }
  }
  for (const { faults } of processes) faults.heal()
  for (const each of processes) each.resume()
  // Longer than maxRuntime, every callback and every wait.
  await rig.clock.advance(60_000)

  const broken = [...ledger.violations]
  for (const [index, on] of processes.entries()) {
    const made = calls[index] ?? []
    const pending = made.filter(({ state }) => state === 'pending').length
    if (pending > 0) broken.push(`${pending} calls of process ${index} never ended`)
    const { operations, executing } = await on.details()
    const counted = Object.values(operations).reduce((total, count) => total + count, 0)
    if (counted !== made.length)
      broken.push(`I33 process ${index} made ${made.length} calls and counted ${counted}`)
    if (executing > 0) broken.push(`process ${index} still counts ${executing} runs`)
    if (on.faults.watching > 0)
      broken.push(`I20 process ${index} left ${on.faults.watching} watches behind`)
  }
  await rig.clock.advance(STORE_TIMEOUT_MS + LEASE_MS)
  for (const [index, { clock }] of processes.entries()) {
    if (clock.pending > 0) broken.push(`I20 process ${index} left ${clock.pending} timers behind`)
  }
  const calm = events.every((step) => CALM.has(step.do))
  if (calm && ledger.takeovers > 0) {
    broken.push(`I5 ${ledger.takeovers} leases were lost though nothing had failed`)
  }
  ledger.close()
  await rig[Symbol.asyncDispose]()
  return [...new Set([...broken, ...ledger.violations])]
}

async function call(
  rig: Rig,
  ledger: Ledger,
  { once }: Process,
  step: Extract<Event, { do: 'call' }>,
): Promise<unknown> {
  const leaving = new AbortController()
  if (step.leavesAfterMs !== undefined) {
    rig.clock.setTimeout(() => leaving.abort(), step.leavesAfterMs)
  }
  try {
    const outcome = await once.executeOutcome<Made>(
      step.key,
      async (run) => {
        // Answered at once by the memory store: what it says is what is so at this moment.
        const stored = await rig.store.read(storageKey(PREFIX, step.key))
        ledger.starts(
          step.key,
          run,
          stored && { fence: stored.record.fence, leaseLeftMs: stored.leaseLeftMs },
        )
        await new Promise<void>((resolve, reject) => {
          rig.clock.setTimeout(resolve, step.runsMs)
          if (step.ends === 'abort')
            run.signal.addEventListener('abort', () => reject(run.signal.reason))
        })
        if (step.ends === 'error') throw new Error('declined')
        return { key: step.key, fence: run.fence }
      },
      {
        onDuplicate: step.onDuplicate,
        onStoreError: step.onStoreError,
        waitTimeout: step.waitMs,
        signal: leaving.signal,
        ...(step.payload === undefined ? {} : { payload: step.payload }),
      },
    )
    ledger.gives(step.key, outcome)
    return outcome
  } catch (error) {
    ledger.fails(step.key, error)
    throw error
  }
}
