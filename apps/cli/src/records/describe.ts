import { inspect } from 'node:util'

import type { Holder, RecordStatus, RecordView } from '@oncekit/once'

import { bytesOf, execResultOf, isTruncated } from '../exec/result.ts'
import type { ExecResult } from '../exec/result.ts'
import type { Paint } from '../terminal/paint.ts'
import { printable } from '../terminal/printable.ts'
import { since, span } from './time.ts'

/** A record for people, a fact a line. */
export function describeRecord(record: RecordView, paint: Paint, nowMs: number): string {
  const facts: readonly (readonly [name: string, text: string | undefined])[] = [
    ['key', printable(record.key)],
    ['state', paintState(record.state, record.state, paint)],
    ['attempt', String(record.attempt)],
    ['fence', String(record.fence)],
    ['held by', record.state === 'executing' ? holderText(record.holder) : undefined],
    [
      'since',
      record.state === 'executing' && record.holder.since
        ? since(record.holder.since, nowMs)
        : undefined,
    ],
    ['lease', record.state === 'executing' ? leaseText(record.leaseLeftMs) : undefined],
    ['trace', record.holder.traceId],
    ['done', record.completedAt && since(record.completedAt, nowMs)],
    ['kept', record.ttlMs === undefined ? 'until it is cleared' : `${span(record.ttlMs)} more`],
    ...outcome(record),
  ]
  const lines = facts.flatMap(([name, text]) =>
    text === undefined ? [] : [`${paint.dim(name.padEnd(9))}${text}\n`],
  )
  return lines.join('')
}

/** A state in its colour. */
export function paintState(state: RecordStatus, text: string, paint: Paint): string {
  switch (state) {
    case 'executing':
      return paint.cyan(text)
    case 'succeeded':
      return paint.green(text)
    case 'failed':
    case 'exhausted':
      return paint.red(text)
    case 'indeterminate':
      return paint.yellow(text)
    case 'tombstone':
      return paint.dim(text)
    default:
      return state satisfies never
  }
}

export function holderText(holder: Holder): string {
  const { service = 'a process', host = 'an unknown host', pid } = holder
  return printable(`${service} on ${host}${pid === undefined ? '' : `, pid ${pid}`}`)
}

export function leaseText(leaseLeftMs: number): string {
  return leaseLeftMs > 0
    ? `${span(leaseLeftMs)} left`
    : `over since ${span(-leaseLeftMs)}; the next caller runs`
}

function outcome(record: RecordView): readonly (readonly [string, string | undefined])[] {
  const exec = execResultOf(record.value)
  if (exec !== undefined) return execFacts(exec)
  return [
    ['value', record.value === undefined ? undefined : summary(record.value)],
    ['error', record.error === undefined ? undefined : summary(record.error)],
    [
      'no value',
      record.resultUnavailable === undefined ? undefined : printable(record.resultUnavailable),
    ],
  ]
}

function execFacts(result: ExecResult): readonly (readonly [string, string])[] {
  const counts = `${bytesOf(result, 1).length} bytes on stdout, ${bytesOf(result, 2).length} on stderr`
  const cut = isTruncated(result) ? `, the last of ${result.totalBytes}` : ''
  return [
    [
      'ended',
      result.signal === null
        ? `exit ${result.exitCode}`
        : `exit ${result.exitCode} (${result.signal})`,
    ],
    ['output', counts + cut],
  ]
}

const SUMMARY_LENGTH = 200

function summary(value: unknown): string {
  const options = {
    depth: 3,
    breakLength: Infinity,
    compact: true,
    maxArrayLength: 10,
    maxStringLength: SUMMARY_LENGTH,
  }
  const text = printable(
    value instanceof Error ? `${value.name}: ${value.message}` : inspect(value, options),
  )
  return text.length > SUMMARY_LENGTH
    ? `${text.slice(0, SUMMARY_LENGTH)}… (--json shows it all)`
    : text
}
