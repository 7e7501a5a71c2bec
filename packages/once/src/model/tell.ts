import { act } from './act.ts'
import type { Event } from './event.ts'
import type { Flight } from './flight.ts'
import { Violation } from './invariant.ts'
import { wordOf } from './message.ts'
import type { Sent } from './message.ts'
import { at } from './world.ts'
import type { Key, World } from './world.ts'

/**
 * What happens, a line each: when, what, and the record afterwards. Plays the events in the world that it is given.
 *
 * @param settle - what follows by itself from each of them
 */
export function tell(
  world: World,
  events: readonly Event[],
  settle: (world: World) => void = () => undefined,
): readonly string[] {
  const lines: string[] = []
  for (const event of events) {
    const key = at(world.keys, event.key)
    const flight = at(world.flights, event.process * world.keys.length + event.key)
    const before = { ...flight }
    let broken: Violation | undefined
    try {
      act(world, event)
      settle(world)
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      broken = error
    }
    const number = String(lines.length + 1).padStart(3)
    const time = `t=${world.nowMs}`.padEnd(5)
    const what = sentence(world, event, before, flight, key)
    lines.push(`${number} ${time} ${what.padEnd(70)} | ${recordText(world, key)}`)
    if (broken !== undefined) lines.push(`    ${broken.invariant} is broken: ${broken.message}`)
  }
  return lines
}

function sentence(world: World, event: Event, before: Flight, after: Flight, key: Key): string {
  const { name } = world.processOf(before)
  const where = world.keys.length > 1 ? ` at ${key.name}` : ''
  const who = `${name}${where}`
  const token = before.token === '' ? after.token : before.token
  switch (event.kind) {
    case 'tick':
      return `${event.arg} ms pass`
    case 'call': {
      const { fingerprint, wait, effectful } = at(world.rules.calls, event.arg)
      const payload = fingerprint === '' ? '' : ` with payload ${fingerprint}`
      return `${who} asks${payload}${wait ? ', would wait' : ''}${effectful ? ', has an effect' : ''}; ${did(after)}`
    }
    case 'deliver':
      return `${who}: ${sentText(before.main)} is carried out: ${key.said}`
    case 'receive':
      return `${who} hears "${answerOf(before.main)}"; ${did(after)}`
    case 'retry':
      return `${who} gets no answer, sends ${sentText(before.main)} again`
    case 'give up':
      return `${who} gets no answer to ${sentText(before.main)}; ${did(after)}`
    case 'return':
      return `${who}: the callback of ${token} returns; ${did(after)}`
    case 'throw':
      return `${who}: the callback of ${token} throws; ${did(after)}`
    case 'declare':
      return `${who}: the callback of ${token} declares its effect`
    case 'leave':
      return `${who}: every caller leaves; ${did(after)}`
    case 'beat':
      return `${who}: the heartbeat sends extend ${token}`
    case 'beat arrives':
    case 'extend unheard':
      return `${who}: extend ${token} is carried out: ${key.said}${event.kind === 'beat arrives' ? '' : ', unheard'}`
    case 'beat answered':
      return `${who} hears "${answerOf(before.beat)}" for its extension`
    case 'beat lost':
    case 'extend late':
      return `${who}: extend ${token} is not answered`
    case 'extend':
      return `${who}: the heartbeat extends ${token}: ${key.said}`
    case 'watch arrives':
      return `the store knows that ${who} watches`
    case 'watch stands':
      return `${who} knows that its watch stands`
    case 'watch lost':
      return `${who}: its watch is lost`
    case 'wake':
      return `${who} gets the message that the run is over`
    case 'wake lost':
      return `the message to ${who} is lost`
    case 'awake':
    case 'poll':
      return `${who} wakes up${event.kind === 'poll' ? ' by itself' : ''}; ${did(after)}`
    case 'patience':
      return `${who} has waited long enough`
    case 'late arrival': {
      const { message } = at(before.strays, event.arg)
      return `${who}: ${message.verb} ${message.request.token} arrives late: ${key.said}`
    }
    case 'late loss':
      return `${who}: a late request is lost`
    case 'crash':
      return `${name} dies, and begins anew`
    case 'skew':
      return `the wall clock of ${name} jumps by ${event.arg} ms`
    case 'batch arrives':
      return `the requests of ${name} are carried out together: ${key.said}`
    case 'batch lost':
      return `the answers to the requests of ${name} are lost`
    case 'clear':
      return `somebody clears ${key.name}: ${key.said}`
    case 'force':
      return `somebody clears ${key.name} by force: ${key.said}`
    case 'decide':
      return `an operator decides: ${key.said}`
    case 'touch':
      return `somebody keeps ${key.name} for ${event.arg} ms: ${key.said}`
    case 'outage':
      return world.outage ? 'the store is away' : 'the store is back'
    case 'jump':
      return `the wall clock of the store jumps by ${event.arg} ms`
    default:
      return event.kind satisfies never
  }
}

/** What a process has just come to. */
function did({ phase, main, token }: Flight): string {
  switch (phase) {
    case 'idle':
      return 'the call ends'
    case 'running':
      return `${token} runs the callback`
    case 'resting':
      return 'it waits'
    case 'unknown':
      return 'nobody knows, the commit goes on'
    default:
      return main === undefined ? phase : `sends ${sentText(main)}`
  }
}

function sentText(sent: Sent | undefined): string {
  return sent === undefined ? 'nothing' : `${sent.message.verb} ${sent.message.request.token}`
}

function answerOf(sent: Sent | undefined): string {
  return sent?.answer === undefined ? '' : wordOf(sent.answer)
}

function recordText(world: World, { record, expiresAtMs }: Key): string {
  if (record === undefined) return 'none'
  const { state, token, attempt, effect, waiters, fingerprint } = record
  const leaseMs = record.atMs - world.nowMs
  const lease = state === 'executing' ? `, lease ${leaseMs > 0 ? `${leaseMs} ms` : 'over'}` : ''
  const expiry =
    expiresAtMs === Infinity ? 'never expires' : `expires in ${expiresAtMs - world.nowMs}`
  const flags = `${effect ? ', effect' : ''}${waiters ? ', waiters' : ''}`
  const payload = fingerprint === '' ? '' : ` of ${fingerprint}`
  return `${state} ${token}${payload}, attempt ${attempt}${lease}, ${expiry}${flags}`
}
