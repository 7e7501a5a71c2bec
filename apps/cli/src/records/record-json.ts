import type { RecordView } from '@oncekit/once'

import { execFacts } from '../exec/exec-report.ts'
import { execResultOf } from '../exec/result.ts'
import { plain } from './plain.ts'

/** A record as `--json` shows it. */
export function recordJson(record: RecordView): Readonly<Record<string, unknown>> {
  const exec = execResultOf(record.value)
  return {
    key: record.key,
    ...recordFacts(record),
    ...(exec === undefined ? given('value', record.value) : { value: execFacts(exec) }),
    ...given('error', record.error),
    ...given('resultUnavailable', record.resultUnavailable),
  }
}

/** What there is to say about a record without what is kept in it. */
export function recordFacts(record: RecordView): Readonly<Record<string, unknown>> {
  const { host, pid, service, since, traceId } = record.holder
  const holder = { host, pid, service, since, traceId }
  return {
    state: record.state,
    attempt: record.attempt,
    fence: record.fence,
    leaseLeftMs: record.leaseLeftMs,
    ttlMs: record.ttlMs ?? null,
    holder: record.state === 'executing' ? holder : null,
    completedAt: record.completedAt ?? null,
  }
}

function given(name: string, value: unknown): Readonly<Record<string, unknown>> {
  return value === undefined ? {} : { [name]: plain(value) }
}
