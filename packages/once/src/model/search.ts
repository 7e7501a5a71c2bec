import { act } from './act.ts'
import type { Breach } from './breach.ts'
import { CONDUCT } from './conduct.ts'
import type { Conduct } from './conduct.ts'
import { encodeWorld } from './encode.ts'
import type { Event, Kind } from './event.ts'
import { Violation } from './invariant.ts'
import { MACHINE } from './machine-port.ts'
import type { Machine } from './machine-port.ts'
import { SCOPES } from './scopes.ts'
import type { Scope, ScopeName } from './scopes.ts'
import { settle } from './settle.ts'
import { Tally } from './tally.ts'
import { tell } from './tell.ts'
import { World, at } from './world.ts'
import type { Rules } from './world.ts'

/** What to go through, and with which machine. */
export interface SearchOptions {
  /** What may happen. @defaultValue `runs` */
  readonly scope?: ScopeName | Scope
  /** Functions to put in the place of the protocol's own. */
  readonly machine?: Partial<Machine>
  /** What processes do otherwise than the protocol asks of them. */
  readonly conduct?: Partial<Conduct>
  /** Gives up after so many states. @defaultValue none */
  readonly maxStates?: number
  /** Called now and then. */
  readonly onProgress?: (states: number) => void
}

export interface SearchResult {
  /** Worlds that differ in what can come of them. */
  readonly states: number
  readonly transitions: number
  /** False when it ended before everything was seen: at a breach, or at `maxStates`. */
  readonly complete: boolean
  readonly tally: Tally
  /** Reached by as few steps as possible. */
  readonly breach?: Breach
}

/**
 * Goes through everything that can happen to two processes at one key, in every order, and checks every invariant at every step.
 * Breadth first, so that the trace of a breach is a shortest one.
 *
 * @example
 * ```ts
 * import { search } from '@oncekit/once/model'
 *
 * const { states, breach } = search({ scope: 'attempts' })
 * console.log(states, breach?.trace.join('\n') ?? 'every invariant holds')
 * ```
 */
export function search(options: SearchOptions = {}): SearchResult {
  const { scope: asked = 'runs', maxStates = Infinity, onProgress } = options
  const scope = typeof asked === 'string' ? SCOPES[asked] : asked
  const tally = new Tally()
  const rules: Rules = {
    machine: { ...MACHINE, ...options.machine },
    conduct: { ...CONDUCT, ...options.conduct },
    calls: scope.calls,
    tally,
    maxRuntimeMs: Infinity,
    strays: scope.strays,
  }
  const start = newWorld(rules, scope)
  const events = eventsIn(scope)
  const seen = new Set([encodeWorld(start)])
  const steps: Step[] = [{ from: -1, by: undefined }]
  // Only those at the edge are still needed.
  const edge: (World | undefined)[] = [start]
  let transitions = 0
  for (let from = 0; from < steps.length && steps.length < maxStates; from++) {
    const world = edge[from]
    edge[from] = undefined
    if (world === undefined) continue
    let next = world.clone()
    for (const by of events) {
      try {
        if (!act(next, by)) continue
        settle(next)
      } catch (error) {
        if (!(error instanceof Violation)) throw error
        const path = [...pathTo(steps, from), by]
        const trace = tell(newWorld({ ...rules, tally: new Tally() }, scope), path, settle)
        const breach = { invariant: error.invariant, reason: error.message, trace }
        return { states: steps.length, transitions, complete: false, tally, breach }
      }
      transitions++
      const text = encodeWorld(next)
      if (!seen.has(text)) {
        seen.add(text)
        steps.push({ from, by })
        edge.push(next)
        if (steps.length % PROGRESS_STATES === 0) onProgress?.(steps.length)
        next = world.clone()
      } else next.become(world)
    }
  }
  return { states: steps.length, transitions, complete: steps.length < maxStates, tally }
}

const PROCESSES = 2
const PROGRESS_STATES = 50_000

interface Step {
  readonly from: number
  readonly by: Event | undefined
}

function newWorld(rules: Rules, { budget }: Scope): World {
  return World.create(rules, budget, PROCESSES, 1)
}

function pathTo(steps: readonly Step[], last: number): readonly Event[] {
  const path: Event[] = []
  for (let index = last; index > 0;) {
    const { by, from } = at(steps, index)
    if (by !== undefined) path.push(by)
    index = from
  }
  return path.toReversed()
}

/** Everything that might happen in the scope; most of it cannot happen at a given moment. */
function eventsIn(scope: Scope): readonly Event[] {
  return scope.kinds.flatMap((kind) =>
    numbers(EVERYBODYS.has(kind) ? 1 : PROCESSES).flatMap((process) =>
      argsOf(kind, scope).map((arg) => ({ kind, process, key: 0, arg })),
    ),
  )
}

/** No process's own doing. */
const EVERYBODYS: ReadonlySet<Kind> = new Set([
  'tick',
  'clear',
  'force',
  'decide',
  'touch',
  'outage',
  'jump',
])

const DAY_MS = 86_400_000

function argsOf(kind: Kind, { calls, strays }: Scope): readonly number[] {
  switch (kind) {
    case 'call':
      return calls.map((_, index) => index)
    case 'late arrival':
    case 'late loss':
      return numbers(strays)
    case 'skew':
      return [-DAY_MS, DAY_MS]
    case 'tick':
    case 'touch':
      return [1]
    default:
      return [0]
  }
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}
