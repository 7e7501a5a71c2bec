import type { RecordView } from '@oncekit/once'

import { holderText } from '../records/describe.ts'
import { recordFacts } from '../records/record-json.ts'
import { span } from '../records/time.ts'
import type { Paint } from '../terminal/paint.ts'
import { printable } from '../terminal/printable.ts'
import type { Change, ChangeName } from './changes.ts'

/** A change for people, as a line. */
export function changeLine(change: Change, paint: Paint, nowMs: number): string {
  const name = paintChange(change.name, change.name.padEnd(13), paint)
  return `${new Date(nowMs).toISOString()}  ${name}  ${printable(change.key)}  ${paint.dim(detail(change))}\n`
}

/** A change for machines, as a line. */
export function changeJson({ name, key, record, before }: Change, nowMs: number): string {
  return eventJson(name, nowMs, {
    key,
    record: record === undefined ? null : recordFacts(record),
    before: before === undefined ? null : recordFacts(before),
  })
}

/** Anything else that happens, for machines. */
export function eventJson(
  change: string,
  nowMs: number,
  facts: Readonly<Record<string, unknown>> = {},
): string {
  return `${JSON.stringify({ at: new Date(nowMs).toISOString(), change, ...facts })}\n`
}

/** What somebody should look at stands out. */
export function paintChange(name: ChangeName, text: string, paint: Paint): string {
  switch (name) {
    case 'taken over':
    case 'indeterminate':
      return paint.yellow(text)
    case 'lease over':
    case 'failed':
    case 'exhausted':
      return paint.red(text)
    case 'succeeded':
      return paint.green(text)
    case 'started':
    case 'extended late':
      return paint.cyan(text)
    case 'seen':
    case 'released':
    case 'forgotten':
    case 'tombstone':
      return text
    default:
      return name satisfies never
  }
}

/** Who held the key before it was taken over, if anybody was seen to. */
export function formerHolder({ name, before }: Change): string | undefined {
  return name === 'taken over' && before?.state === 'executing'
    ? `before: ${holderText(before.holder)}`
    : undefined
}

function detail(change: Change): string {
  const { name, record, before } = change
  switch (name) {
    case 'released':
      return 'it failed or was cleared: the next caller runs'
    case 'forgotten':
      return 'it expired or was cleared'
    case 'lease over':
      return `${run(record)}: it died or hangs, the next caller runs`
    default:
      return [run(record), formerHolder(change), took(before, record)].filter(Boolean).join('; ')
  }
}

function run(record: RecordView | undefined): string {
  if (record === undefined) return ''
  const { attempt, fence, state, holder } = record
  const by = state === 'executing' ? `, ${holderText(holder)}` : ''
  return `attempt ${attempt}, fence ${fence}${by}`
}

function took(before: RecordView | undefined, record: RecordView | undefined): string | undefined {
  const since = before?.fence === record?.fence ? before?.holder.since : undefined
  return since === undefined || record?.completedAt === undefined
    ? undefined
    : `after ${span(record.completedAt.getTime() - since.getTime())}`
}
