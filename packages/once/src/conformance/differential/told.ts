import { createHash } from 'node:crypto'

import type { Body } from '../../record.ts'
import type { ClaimAnswer, StoredRecord } from '../../store.ts'
import type { Ask } from './ask.ts'

/** An answer or a stored record as plain data that compares, with every fence as `fenceOf` gives it. */
export function plain(value: unknown, fenceOf: (fence: number) => number = same): unknown {
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, part]: [string, unknown]) => {
    if (name === 'body') return [name, bodyText(part as Body)]
    if (name === 'fence') return [name, fenceOf(part as number)]
    return [name, plain(part, fenceOf)]
  })
  const { atMs, ...rest } = Object.fromEntries(entries) as Record<string, unknown>
  // Of a lease the store may count by a clock of its own, and says what is left.
  return rest['state'] === 'executing' || atMs === undefined ? rest : { ...rest, atMs }
}

/** {@link plain}, without what the protocol leaves open: whether a claim that sets the waiters flag is told of it. */
export function plainAnswer(
  ask: Ask,
  answer: unknown,
  fenceOf?: (fence: number) => number,
): unknown {
  const told = plain(answer, fenceOf) as ClaimAnswer
  if (ask.verb !== 'claim' || !ask.request.wait || told.status !== 'executing') return told
  return { ...told, record: { ...told.record, waiters: 'either' } }
}

/** The kind of an answer, with the kind of question. */
export function kindOf({ verb, request }: Ask, answer: unknown): string {
  switch (verb) {
    case 'claim': {
      const asked = request.outcome === undefined ? 'claim' : 'claim with an outcome'
      return `${asked}: ${claimKind(answer as ClaimAnswer)}`
    }
    case 'commit':
      return `${request.expect === undefined ? 'commit' : 'commit over a fence'}: ${String(answer)}`
    case 'release':
      return `${request.keep === undefined ? 'release' : 'release and keep'}: ${String(answer)}`
    case 'remove': {
      const { expect } = request
      const asked = expect === undefined ? '' : expect === 'idle' ? ' if idle' : ' if unchanged'
      return `remove${asked}: ${String(answer)}`
    }
    case 'read':
      return `read: ${answer === undefined ? 'none' : 'a record'}`
    case 'extend':
    case 'touch':
      return `${verb}: ${String(answer)}`
    default:
      return verb satisfies never
  }
}

function claimKind(answer: ClaimAnswer): string {
  if (answer.status === 'done') return `done, ${answer.record.state}`
  if (answer.status !== 'claimed') return answer.status
  return [
    'claimed',
    ...(answer.takeover ? ['takeover'] : []),
    ...(answer.progress === undefined ? [] : ['progress']),
  ].join(', ')
}

/** What there is to a record that was read. */
export function kindsOfRecord({ record, expiresInMs }: StoredRecord): readonly string[] {
  return [
    record.state,
    ...(record.effect ? ['effect declared'] : []),
    ...(record.waiters ? ['somebody waits'] : []),
    ...(expiresInMs === undefined ? ['for ever'] : []),
    ...(record.body.length > LARGE ? ['large body'] : []),
  ].map((kind) => `a record: ${kind}`)
}

/** Bytes of any kind as text that can be read, where it is not too long. */
function bodyText(body: Body): string {
  const bytes = Buffer.from(body as string)
  if (bytes.length <= 200) return bytes.toString('latin1')
  return `${bytes.length} bytes ${createHash('sha1').update(bytes).digest('hex')}`
}

const LARGE = 65_536

function same(fence: number): number {
  return fence
}
