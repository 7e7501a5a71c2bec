import type { Flight } from './flight.ts'
import { wordOf } from './message.ts'
import type { Instant, Message, Sent } from './message.ts'
import type { Key, World } from './world.ts'

/**
 * What of a world decides what can come of it, as text: two worlds with the same text have the same future. Instants count from now,
 * and only as far as they matter; tokens are told apart, not named; of fences the order is kept.
 */
export function encodeWorld(world: World): string {
  const [first, second, ...more] = world.flights
  if (first === undefined || second === undefined || more.length > 0 || world.keys.length > 1) {
    return encodeAs(world, world.flights)
  }
  // Processes are alike: which of two is called A makes no difference.
  const order = rankOf(first) - rankOf(second)
  if (order < 0) return encodeAs(world, [first, second])
  if (order > 0) return encodeAs(world, [second, first])
  const one = encodeAs(world, [first, second])
  const other = encodeAs(world, [second, first])
  return one < other ? one : other
}

function rankOf({ phase, callsLeft, strays, main, lost }: Flight): number {
  const sent = main === undefined ? 0 : main.answer === undefined ? 1 : 2
  const told = lost === 'no' ? 0 : lost === 'taken' ? 1 : 2
  return (((PHASES.indexOf(phase) * 4 + callsLeft) * 4 + strays.length) * 4 + sent) * 4 + told
}

function encodeAs(world: World, flights: readonly Flight[]): string {
  const names: string[] = []
  let text = ''
  for (const key of world.keys) text += encodeKey(world, key, names)
  for (const flight of flights) text += `|${encodeFlight(world, flight, names)}`
  const { clears, forcedClears, decisions, skews } = world.budget
  return `${text}|${clears}${forcedClears}${decisions}${skews}${world.outage ? 'o' : ''}`
}

function encodeKey(world: World, key: Key, names: string[]): string {
  const { record } = key
  const flags = `${bit(key.effectOpen)}${bit(key.busy)}${bit(key.highestFence === world.lastFence)}`
  if (record === undefined) return flags
  const { state, token, fingerprint, attempt, effect, waiters } = record
  const leaseMs = state === 'executing' ? Math.max(0, record.atMs - world.nowMs) : 0
  const expiresMs = key.expiresAtMs === Infinity ? 'n' : key.expiresAtMs - world.nowMs
  const limited = world.rules.calls.some(({ attemptLimit }) => attemptLimit > 0)
  return (
    `${flags}${state.slice(0, 2)}${nameOf(token, names)}${fingerprint.slice(0, 1)}` +
    `${limited ? attempt : ''}${bit(effect)}${bit(waiters)}${leaseMs},${expiresMs}` +
    bit(record.fence === world.lastFence)
  )
}

function encodeFlight(world: World, flight: Flight, names: string[]): string {
  const { phase, callsLeft } = flight
  let text = `${callsLeft}`
  for (const { message, heard } of flight.strays) {
    text += `${encodeMessage(message, names)}${bit(heard)}`
  }
  if (phase === 'idle') return text
  text += encodePhase(world, flight, names)
  if (flight.beat !== undefined) text += `b${sentText(world, flight, flight.beat)}`
  text += bit(flight.left) + bit(flight.leaseLost)
  if (flight.watch !== 'none' || flight.news !== undefined) {
    text += `w${flight.watch.slice(0, 2)}${newsText(flight.news)}${newsText(flight.wakeUp)}${bit(flight.muted)}`
  }
  return text
}

/** What matters differs: a lease that nobody counts any more, for one. */
function encodePhase(world: World, flight: Flight, names: string[]): string {
  const { phase, call, main } = flight
  const head = `:${PHASES.indexOf(phase)}${call === undefined ? '' : world.rules.calls.indexOf(call)}`
  const sent = main === undefined ? '' : sentText(world, flight, main)
  switch (phase) {
    case 'resting':
      return `${head}${Math.max(0, flight.seenUntilMs - world.nowMs)}${bit(flight.quiet)}`
    case 'reading':
      return head + sent
    case 'releasing':
      return `${head}${nameOf(flight.token, names)}${bit(flight.lost === 'no')}${sent}`
    case 'unknown':
      return `${head}${nameOf(flight.token, names)}${bit(flight.lost === 'taken')}${sent}`
    case 'freshening':
      return `${head}${nameOf(flight.token, names)}${bit(flight.cleared)}${sent}`
    case 'committing': {
      const answered = main?.answer === undefined ? '' : bit(flight.committed)
      return (
        `${head}${nameOf(flight.token, names)}${sinceText(world, flight, flight.leaseAtCommit)}` +
        `${bit(flight.lost === 'taken')}${answered}${sent}`
      )
    }
    default:
      return (
        `${head}${nameOf(flight.token, names)}${sinceText(world, flight, flight.lease)}` +
        `${bit(flight.lost === 'no')}${bit(flight.lost === 'taken')}${bit(flight.declared)}` +
        `${bit(flight.cleared)}${bit(flight.flagged)}${sent}`
      )
  }
}

const PHASES: readonly Flight['phase'][] = [
  'idle',
  'claiming',
  'reading',
  'freshening',
  'running',
  'declaring',
  'committing',
  'releasing',
  'resting',
  'unknown',
]

/** What has passed, as far as it matters: a lease that is over is over. */
function sinceText(world: World, flight: Flight, since: Instant): string {
  const most = flight.call?.leaseMs ?? 0
  const monotonicMs = Math.min(most, world.nowMs - since.monotonicMs)
  const { skewMs } = world.processOf(flight)
  const apartMs = since.monotonicMs + skewMs - since.wallMs
  return apartMs === 0 ? `${monotonicMs}` : `${monotonicMs}~${apartMs}`
}

function sentText(world: World, flight: Flight, { message, at, answer }: Sent): string {
  const sent = message.verb === 'extend' ? sinceText(world, flight, at) : ''
  const told = answer === undefined ? '' : answerText(answer)
  return `${message.verb.slice(0, 1)}${sent}${told}`
}

function answerText(answer: NonNullable<Sent['answer']>): string {
  if (typeof answer === 'string' || answer.status !== 'done')
    return `>${wordOf(answer).slice(0, 2)}`
  return `>${answer.record.state.slice(0, 2)}`
}

function encodeMessage({ verb, request }: Message, names: string[]): string {
  const effect = 'patch' in request && request.patch?.effect === true ? '!' : ''
  const state = 'outcome' in request ? (request.outcome?.state.slice(0, 1) ?? '') : ''
  const payload = 'fingerprint' in request ? request.fingerprint.slice(0, 1) : ''
  const wait = 'wait' in request ? bit(request.wait) : ''
  return `,${verb.slice(0, 1)}${nameOf(request.token, names)}${effect}${state}${payload}${wait}`
}

function newsText(news: Flight['news']): string {
  if (news === undefined) return '-'
  return news === 'again' ? 'a' : `${news.state.slice(0, 2)}${news.fingerprint.slice(0, 1)}`
}

/** A letter for each token, in the order in which they are met. */
function nameOf(token: string, names: string[]): string {
  let index = names.indexOf(token)
  if (index < 0) index = names.push(token) - 1
  return String.fromCharCode(97 + index)
}

function bit(flag: boolean): string {
  return flag ? '1' : '0'
}
