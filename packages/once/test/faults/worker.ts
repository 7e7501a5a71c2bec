/** A process that uses `Once` as a service would, and writes down what it sees. Started by the round, see round.ts. */
import { createHash, randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { Once, isOnceError } from '@oncekit/once'
import type { ExecuteOptions, OnceConfig, OnceStore, Run } from '@oncekit/once'
import { HISTORY_FD, NamedPoints, Random, hostMs } from '@oncekit/testing'
import type { PointOrder } from '@oncekit/testing'

import { parseSuffix, splitStorageKey } from '../../src/key.ts'
import { settingsOf } from '../../src/settings.ts'
import { openStore } from '../../src/stores/open-store.ts'
import { AnnouncingStore } from './announcing-store.ts'
import type { Sabotage } from './announcing-store.ts'
import type { EndEvent, Point, WorkerEvent } from './events.ts'
import { keyAt, traitsOf } from './key-traits.ts'

/** What a worker is given when it starts. */
export interface WorkerSetup {
  readonly name: string
  readonly config: OnceConfig
  readonly seed: number
  readonly callers: number
  readonly thinkMs: number
  readonly keysPerSecond: number
  /** Keys younger than this are called. */
  readonly windowMs: number
  readonly leaseMs: number
  readonly waitMs: number
  readonly sabotage: Sabotage
}

/** What a worker is told while it runs. */
export type WorkerOrder =
  | PointOrder
  /** Calls keys whose owner died. */
  | { readonly type: 'probe'; readonly keys: readonly string[] }
  | { readonly type: 'charged'; readonly id: number; readonly decision: string }
  | { readonly type: 'close' }

/** What a worker asks the ledger. */
export interface ChargeOrder {
  readonly type: 'charge'
  readonly id: number
  readonly key: string
  readonly run: string
  readonly fence: number
  readonly derivedKey: string
}

type Told = WorkerEvent extends infer E
  ? E extends unknown
    ? Omit<E, 'at' | 'worker'>
    : never
  : never

interface Value {
  readonly run: string
  readonly at: Date
  readonly filler: string
}

const setup = JSON.parse(process.argv[2] ?? '') as WorkerSetup
const { name, config, leaseMs } = setup
const random = new Random(setup.seed)
const points = new NamedPoints<Point>((point, harm) => tell({ type: 'harm', point, harm }))
const decisions = new Map<number, (decision: string) => void>()
const calling = new Set<Promise<void>>()
let calls = 0
let runs = 0
let clears = 0
let charges = 0
let isReady = false
const closing = new AbortController()

// Ctrl-C reaches the whole group of processes; the round ends them when it is time.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
// The limit on file sizes is a fault of ours; the write that meets it shall fail, not the process.
process.on('SIGXFSZ', () => undefined)
watchForStalls()
const settings = settingsOf(config)
process.on('message', (order: WorkerOrder) => obey(order))
process.on('disconnect', () => process.exit())
await using store = new AnnouncingStore(
  await openInTheEnd(),
  {
    keyOf: (storageKey) => parseSuffix(splitStorageKey(storageKey)?.suffix ?? '').key,
    reach: (point) => points.reach(point),
    tell,
  },
  setup.sabotage,
)
const once = await Once.create(config, { store })
isReady = true
tell({ type: 'started' })
await Promise.all(Array.from({ length: setup.callers }, callAgainAndAgain))
await Promise.all(calling)
const { operations, executions } = (await once.health()).details
const counted = Object.values(operations).reduce((sum, count) => sum + count, 0)
tell({ type: 'tally', calls: counted, executions })
await once.close()
process.disconnect()

/** A service whose store is away when it starts is started again. */
async function openInTheEnd(): Promise<OnceStore> {
  for (;;) {
    try {
      return await openStore(config, settings, {})
    } catch (error) {
      if (closing.signal.aborted) throw error
      if (
        !isOnceError(error) ||
        !['ONCE_STORE_UNAVAILABLE', 'ONCE_STORE_FULL'].includes(error.code)
      )
        throw error
      await sleep(100)
    }
  }
}

function obey(order: WorkerOrder): void {
  switch (order.type) {
    case 'arm':
      return points.arm(order.point as Point, order.harm)
    case 'disarm':
      return points.disarm()
    case 'charged':
      decisions.get(order.id)?.(order.decision)
      decisions.delete(order.id)
      return
    case 'probe':
      if (!isReady || closing.signal.aborted) return
      for (const key of order.keys) {
        const call = execute(key, { onDuplicate: 'wait' }, 0).finally(() => calling.delete(call))
        calling.add(call)
      }
      return
    case 'close':
      closing.abort()
      return
    default:
      order satisfies never
  }
}

/** One caller: a key of the moving window, a moment to think, the next. */
async function callAgainAndAgain(): Promise<void> {
  await sleep(random.between(0, setup.thinkMs))
  while (!closing.signal.aborted) {
    // More often young keys than old ones: duplicates meet the run, and later its outcome.
    const ageMs = setup.windowMs * random.next() ** 2
    const key = keyAt(hostMs() - ageMs, setup.keysPerSecond)
    const { payloads, isCleared } = traitsOf(key)
    if (isCleared && random.chance(0.05)) await clear(key)
    else if (random.chance(0.04)) await leaveEarly(key)
    else {
      const payload = payloads > 1 && random.chance(0.2) ? 1 : 0
      await execute(key, { onDuplicate: random.chance(0.75) ? 'wait' : 'reject' }, payload)
    }
    await sleep(random.between(0, 2 * setup.thinkMs))
  }
}

async function execute(key: string, options: ExecuteOptions, payload: number): Promise<void> {
  const call = `${name}.${++calls}`
  const waits = options.onDuplicate === 'wait'
  // Claiming, waiting, claiming what was left, running, and committing until the lease is over.
  const deadlineMs = hostMs() + setup.waitMs + 4 * leaseMs + 4 * settings.storeTimeoutMs
  tell({ type: 'call', key, call, waits, payload, deadlineMs })
  let end: Omit<EndEvent, 'type' | 'key' | 'call'>
  try {
    const { value, replayed, leaseLost } = await once.executeOutcome(
      key,
      (run) => callback(key, run, call, payload),
      { ...options, payload: { key, payload } },
    )
    end = { value: { run: value.run, digest: digestOf(value) }, replayed, leaseLost }
  } catch (error) {
    end = endOf(error)
  }
  tell({ type: 'end', key, call, ...end })
}

/** A caller that gives up before it is answered, as an impatient client does. */
async function leaveEarly(key: string): Promise<void> {
  const leave = new AbortController()
  const timer = setTimeout(() => leave.abort(), random.between(0, leaseMs / 2))
  await execute(key, { onDuplicate: 'wait', signal: leave.signal }, 0)
  clearTimeout(timer)
}

async function clear(key: string): Promise<void> {
  const id = `${name}.${++clears}`
  const force = random.chance(0.5)
  tell({ type: 'clear', key, id, force })
  const answer = await once.clear(key, { force }).then(
    (found) => (found ? 'cleared' : 'nothing'),
    (error: unknown) => (isOnceError(error, 'ONCE_IN_PROGRESS') ? 'refused' : 'no answer'),
  )
  tell({ type: 'cleared', key, id, answer })
}

async function callback(key: string, run: Run, call: string, payload: number): Promise<Value> {
  const id = `${name}r${++runs}`
  const { fence, attempt } = run
  const isProtected = run.protected
  tell({ type: 'run', key, run: id, call, fence, attempt, payload, isProtected })
  run.signal.addEventListener('abort', () => tell({ type: 'abort', key, run: id }), { once: true })
  try {
    const value = await work(key, run, id)
    tell({ type: 'ran', key, run: id, digest: digestOf(value) })
    points.reach('before-commit')
    return value
  } catch (error) {
    tell({ type: 'ran', key, run: id })
    throw new Error(`thrown by ${id}`, { cause: error })
  }
}

async function work(key: string, run: Run, id: string): Promise<Value> {
  const { isSlow, throws } = traitsOf(key)
  const lastsMs = random.between(0, isSlow && random.chance(0.5) ? leaseMs * 1.5 : 10)
  const chargesAfterMs = random.between(0, lastsMs)
  // Half of them listen.
  const heeding = random.chance(0.5) ? { signal: run.signal } : {}
  points.reach('in-callback')
  await sleep(chargesAfterMs, undefined, heeding)
  const decision = await charge(key, run, id)
  if (decision === 'refused') throw new Error('the ledger has seen a newer fence')
  points.reach('after-effect')
  await sleep(lastsMs - chargesAfterMs, undefined, heeding)
  if (throws && random.chance(0.3)) throw new Error('as it happens')
  return { run: id, at: new Date(), filler: filler() }
}

/** Most results ride in a message of the store; some are too large for that, and a few are fetched alone. */
function filler(): string {
  const bytes = random.chance(0.01) ? 60_000 : random.chance(0.1) ? 5_000 : 40
  return randomBytes(bytes).toString('base64')
}

function charge(key: string, run: Run, id: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const order: ChargeOrder = {
    ...{ type: 'charge', id: ++charges, key, run: id, fence: run.fence },
    derivedKey: run.deriveKey('charge'),
  }
  decisions.set(order.id, resolve)
  process.send?.(order)
  return promise
}

function endOf(error: unknown): Omit<EndEvent, 'type' | 'key' | 'call'> {
  if (isOnceError(error)) return { code: error.code }
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof DOMException && error.name === 'AbortError') return { left: true }
  const thrownBy = /^thrown by (\S+)$/.exec(message)?.[1]
  return thrownBy === undefined ? { message } : { thrownBy }
}

function digestOf(value: Value): string {
  const told = `${value.run} ${value.at.toISOString()} ${value.filler}`
  return createHash('sha256').update(told).digest('base64url').slice(0, 12)
}

/** Written at once and whole: a process that is killed right after has left its line. */
function tell(event: Told): void {
  writeSync(HISTORY_FD, `${JSON.stringify({ at: hostMs(), worker: name, ...event })}\n`)
}

function watchForStalls(): void {
  let last = hostMs()
  setInterval(() => {
    const now = hostMs()
    if (now - last > 100) tell({ type: 'stall', fromMs: last })
    last = now
  }, 20).unref()
}
