import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Once } from '@oncekit/once'
import { audit } from './audit.ts'
import type { Settled, Violation } from './audit.ts'
import { Bank } from './bank.ts'
import type { BankCounts } from './bank.ts'
import { Clients } from './clients.ts'
import type { RequestCounts } from './clients.ts'
import { Fleet } from './fleet.ts'
import type { WorkerSettings } from './messages.ts'
import { Network } from './network.ts'
import type { Kill } from './network.ts'
import type { ProofOptions } from './options.ts'
import { planOf } from './plan.ts'
import type { Plan, PlannedPayment } from './plan.ts'
import type { WorkerProcess } from './worker-process.ts'

/** How far it has come. */
export interface ProofState {
  readonly payments: { readonly planned: number; done: number }
  readonly requests: RequestCounts
  readonly ledger: BankCounts
  readonly kills: readonly Kill[]
  /** Runs that were not the first of their key: what a dead worker left was taken over. */
  takeovers: number
  readonly violations: Violation[]
}

export interface ProofResult extends ProofState {
  readonly ms: number
}

export interface ProofHooks {
  /** The store is there. */
  opened(place: { readonly store: string; readonly namespace: string }): void
  /** The workers are up; the payments begin. */
  begins(state: ProofState): void
  readonly signal: AbortSignal
}

/** @throws when it could not be carried out; leaves no process and no file, however it ends */
export async function prove(options: ProofOptions, hooks: ProofHooks): Promise<ProofResult> {
  await using opened = new AsyncDisposableStack()
  const run = `${randomBytes(3).toString('hex')}:`
  const store = options.store ?? `sqlite:${join(await temporaryFolder(opened), 'once.db')}`
  const settings: WorkerSettings = { store, prefix: NAMESPACE, lease: LEASE, ttl: '10m' }
  const observer = opened.use(
    await Once.create({ ...Once.defaultConfig('production'), ...settings }),
  )
  const { details } = await observer.health()
  hooks.opened({ store: details.address, namespace: NAMESPACE })
  // A store of the user's is left as it was.
  if (options.store !== undefined) {
    opened.defer(() => observer.clearByPrefix(run).then(undefined, () => {}))
  }

  const stop = new AbortController()
  const signal = AbortSignal.any([hooks.signal, stop.signal])
  const bank = new Bank({ dedup: options.dedup })
  const plan = planOf({ ...options, run })
  const network = new Network<WorkerProcess>(bank, {
    killsAtCharge: plan.killsAtCharge,
    kill: (worker) => fleet.kill(worker),
  })
  const reruns = new Map<string, number>()
  const mayRerun = (key: string): void => void reruns.set(key, (reruns.get(key) ?? 0) + 1)
  const fleet: Fleet = opened.use(
    await Fleet.start(options.workers, settings, {
      charge: (worker, request) => network.charge(worker, request),
      takeover(key) {
        state.takeovers++
        mayRerun(key)
      },
      failedRun: mayRerun,
      died: (error) => stop.abort(error),
    }),
  )
  const clients = new Clients(fleet, signal)
  const state: ProofState = {
    payments: { planned: plan.size, done: 0 },
    requests: clients.counts,
    ledger: bank.counts,
    kills: network.kills,
    takeovers: 0,
    violations: [],
  }
  signal.throwIfAborted()
  const settledOf = ({ key, payment }: PlannedPayment): Omit<Settled, 'answers'> => ({
    charges: bank.chargesOf(payment),
    timesAsked: network.timesAsked(payment),
    reruns: reruns.get(key) ?? 0,
  })

  hooks.begins(state)
  const startedMs = performance.now()
  using _watch = giveUpWhenStuck(state, () => stop.abort(stuck(clients.lastDelay)))
  await Promise.race([payAll(plan, { clients, state, settledOf }), aborted(signal)])
  if (state.kills.length < plan.killsAtCharge.length) {
    throw new Error('the payments were over before the processes were killed; try more of them')
  }
  return { ...state, ms: performance.now() - startedMs }
}

/** Rejects when it happens. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** Short, so that a takeover does not take long. */
const LEASE = '2s'
const NAMESPACE = 'payments-proof'

interface PaymentDeps {
  readonly clients: Clients
  readonly state: ProofState
  readonly settledOf: (planned: PlannedPayment) => Omit<Settled, 'answers'>
}

async function payAll(plan: Plan, { clients, state, settledOf }: PaymentDeps): Promise<void> {
  let next = 0
  const payOneByOne = async (): Promise<void> => {
    for (let index = next++; index < plan.size; index = next++) {
      const planned = plan.at(index)
      const answers = await clients.payments(planned)
      const wrong = audit(planned.payment, { answers, ...settledOf(planned) })
      state.violations.push(...wrong.map((what) => ({ key: planned.key, what })))
      state.payments.done++
    }
  }
  await Promise.all(Array.from({ length: PAYMENTS_AT_ONCE }, payOneByOne))
}

const PAYMENTS_AT_ONCE = 96

async function temporaryFolder(opened: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oncekit-proof-'))
  opened.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

/** A store that went away, say: then it is no use to go on asking. */
function giveUpWhenStuck({ payments }: ProofState, giveUp: () => void): Disposable {
  let [done, sinceMs] = [payments.done, performance.now()]
  const timer = setInterval(() => {
    if (payments.done !== done) [done, sinceMs] = [payments.done, performance.now()]
    else if (performance.now() - sinceMs > PATIENCE_MS) giveUp()
  }, 500)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

const PATIENCE_MS = 20_000

function stuck(lastDelay: string): Error {
  const said =
    lastDelay === '' ? 'there were no answers at all' : `the last answer was ${lastDelay}`
  return new Error(`no payment was done for ${PATIENCE_MS / 1000} seconds; ${said}`)
}
