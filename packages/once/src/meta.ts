import { hostname } from 'node:os'

import type { Holder } from './errors.ts'
import type { OnceRecord } from './record.ts'

/** The JSON a record carries beside its outcome: who runs it, or where its outcome came from. Unknown members are kept for later releases. */
interface Meta {
  readonly host?: string
  readonly pid?: number
  readonly service?: string
  /** `traceid-spanid`. */
  readonly trace?: string
  /** The claimant's ttl, for whoever decides an outcome in its place. */
  readonly ttl?: number
}

/** Writes the meta text of one provider's claims: all but the trace and the ttl is the same each time. */
export function holderWriter(serviceName: string): (ttlMs: number, trace?: string) => string {
  const fixed = JSON.stringify({
    host: hostname().slice(0, 255),
    pid: process.pid,
    service: serviceName,
  }).slice(0, -1)
  // Most claims of a provider have one ttl.
  let last = { ttlMs: -1, text: '' }
  return (ttlMs, trace) => {
    if (ttlMs !== last.ttlMs) last = { ttlMs, text: `${fixed},"ttl":${ttlMs}}` }
    return trace === undefined ? last.text : `${last.text.slice(0, -1)},"trace":"${trace}"}`
  }
}

/** The meta text of an outcome. */
export function originOf(trace: string | undefined): string {
  return trace === undefined ? '' : `{"trace":"${trace}"}`
}

/** `traceid-spanid` of the run that a record tells of. */
export function traceIn(record: OnceRecord): string | undefined {
  return parse(record.meta).trace
}

export function holderOf(record: Pick<OnceRecord, 'meta' | 'fence'>): Holder {
  const { host, pid, service, trace } = parse(record.meta)
  return {
    ...(host === undefined ? {} : { host }),
    ...(pid === undefined ? {} : { pid }),
    ...(service === undefined ? {} : { service }),
    ...(trace === undefined ? {} : { traceId: trace.slice(0, 32) }),
    // The fence is the store's time of the claim, in µs, unless its clock went back.
    since: new Date(Math.floor(record.fence / 1000)),
  }
}

function parse(meta: string): Meta {
  if (meta === '') return {}
  let value: unknown
  try {
    value = JSON.parse(meta)
  } catch {
    return {}
  }
  if (typeof value !== 'object' || value === null) return {}
  const { host, pid, service, trace, ttl } = value as Record<string, unknown>
  return {
    ...(typeof host === 'string' ? { host } : {}),
    ...(typeof pid === 'number' ? { pid } : {}),
    ...(typeof service === 'string' ? { service } : {}),
    ...(typeof trace === 'string' ? { trace } : {}),
    ...(typeof ttl === 'number' ? { ttl } : {}),
  }
}
