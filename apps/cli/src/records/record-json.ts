import type { RecordView } from '@oncekit/once'

import { execFacts } from '../exec/exec-report.ts'
import { execResultOf } from '../exec/result.ts'
import { plain } from './plain.ts'

/** A record as `--json` shows it. */
export function recordJson(record: RecordView): Readonly<Record<string, unknown>> {
  const exec = execResultOf(record.value)
  const { host, pid, service, since, traceId } = record.holder
  const holder = { host, pid, service, since, traceId }
  return {
    key: record.key,
    state: record.state,
    attempt: record.attempt,
    fence: record.fence,
    leaseLeftMs: record.leaseLeftMs,
    ttlMs: record.ttlMs ?? null,
    holder: record.state === 'executing' ? holder : null,
    completedAt: record.completedAt ?? null,
    ...(exec === undefined ? given('value', record.value) : { value: execFacts(exec) }),
    ...given('error', record.error),
    ...given('resultUnavailable', record.resultUnavailable),
  }
}

function given(name: string, value: unknown): Readonly<Record<string, unknown>> {
  return value === undefined ? {} : { [name]: plain(value) }
}
