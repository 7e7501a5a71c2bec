import type { RecordView } from '@oncekit/once'

import { holderText, paintState } from '../records/describe.ts'
import { span } from '../records/time.ts'
import type { Paint } from '../terminal/paint.ts'
import { printable } from '../terminal/printable.ts'
import { paintChange, formerHolder } from './lines.ts'
import { FRESH_MS, isGone } from './watched.ts'
import type { Entry } from './watched.ts'

/** What a screen shows. */
export interface Scene {
  /** Where the records are, and how often one looks. */
  readonly title: string
  /** What is wrong with what is shown, if anything. */
  readonly notes: readonly string[]
  readonly entries: readonly Entry[]
  readonly nowMs: number
}

/** The lines of a screen of the given size: what is there, what changed last at the top. */
export function screen(
  { title, notes, entries, nowMs }: Scene,
  { columns, rows }: { readonly columns: number; readonly rows: number },
  paint: Paint,
): readonly string[] {
  const running = entries.filter((entry) => isRunning(entry)).length
  const head = [
    `${paint.bold('once watch')}  ${running} executing  ${paint.dim(cut(title, columns - 30))}`,
    ...notes.map((note) => paint.yellow(cut(note, columns))),
  ]
  const room = Math.max(1, rows - head.length - 1)
  const shown = entries.length > room ? entries.slice(0, room - 1) : entries
  const cells = [HEADING, ...shown.map((entry) => rowOf(entry, nowMs, paint))]
  const hidden = entries.length - shown.length
  return [
    ...head,
    ...(entries.length === 0 ? [paint.dim('nothing runs')] : lines(cells, columns, paint)),
    ...(hidden > 0 ? [paint.dim(`and ${hidden} more`)] : []),
  ]
}

interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

const HEADING: readonly Cell[] = [
  { text: 'KEY' },
  { text: 'STATE' },
  { text: 'ATTEMPT' },
  { text: 'LEASE LEFT' },
  { text: 'SINCE' },
  { text: 'WHAT HAPPENED, WHO HOLDS IT' },
]

function rowOf(entry: Entry, nowMs: number, paint: Paint): readonly Cell[] {
  const { key, record } = entry
  const running = isRunning(entry)
  return [
    { text: printable(key) },
    isGone(entry)
      ? { text: 'gone', paint: paint.dim }
      : { text: record.state, paint: (text) => paintState(record.state, text, paint) },
    { text: String(record.attempt) },
    running ? leaseCell(leftNow(entry, nowMs), paint) : { text: '' },
    { text: sinceText(record, nowMs) },
    newsCell(entry, nowMs, paint),
  ]
}

/** What happened just now comes first: of a narrow window the end is cut off. */
function newsCell(entry: Entry, nowMs: number, paint: Paint): Cell {
  const { record, changes, changedAtMs } = entry
  const fresh = nowMs - changedAtMs < FRESH_MS ? changes : []
  const [first] = fresh
  const told = [
    fresh.map(({ name }) => name).join(', '),
    isRunning(entry) ? holderText(record.holder) : '',
    ...fresh.map((change) => formerHolder(change) ?? ''),
    `fence ${record.fence}`,
  ]
  const text = told.filter((part) => part !== '').join(' · ')
  if (first === undefined) return { text }
  return { text, paint: (shown) => paintChange(first.name, shown, paint) }
}

function isRunning(entry: Entry): boolean {
  return entry.record.state === 'executing' && !isGone(entry)
}

function leftNow({ record, seenAtMs }: Entry, nowMs: number): number {
  return record.leaseLeftMs - (nowMs - seenAtMs)
}

function leaseCell(leftMs: number, paint: Paint): Cell {
  if (leftMs <= 0) return { text: `over ${seconds(-leftMs)}`, paint: paint.red }
  return { text: seconds(leftMs) }
}

/** Tenths, so that one sees it count down. */
function seconds(ms: number): string {
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)}s` : span(ms)
}

function sinceText({ state, holder, completedAt }: RecordView, nowMs: number): string {
  const since = state === 'executing' ? holder.since : completedAt
  return since === undefined ? '' : span(nowMs - since.getTime())
}

function lines(
  table: readonly (readonly Cell[])[],
  columns: number,
  paint: Paint,
): readonly string[] {
  const widest = HEADING.map((_, column) =>
    Math.max(LEAST_WIDTHS[column] ?? 0, ...table.map((row) => row[column]?.text.length ?? 0)),
  )
  // A long key leaves at least half of the line to the others.
  const widths = widest.map((width, column) =>
    column === 0 ? Math.min(width, Math.max(10, Math.floor(columns / 2))) : width,
  )
  return table.map((row, index) => {
    let left = columns
    const cells = row.map((cell, column) => {
      const width = Math.max(0, Math.min(widths[column] ?? 0, left))
      left -= width + GAP.length
      const text = cut(cell.text, width)
      const shown = index === 0 ? paint.bold(text) : (cell.paint?.(text) ?? text)
      return shown + ' '.repeat(width - text.length)
    })
    return cells.join(GAP).trimEnd()
  })
}

const GAP = '  '
// So that the table does not jump with each digit.
const LEAST_WIDTHS = [10, 9, 7, 10, 6, 0]

function cut(text: string, width: number): string {
  return text.length <= width
    ? text
    : `${text.slice(0, Math.max(0, width - 1))}…`.slice(0, Math.max(0, width))
}
