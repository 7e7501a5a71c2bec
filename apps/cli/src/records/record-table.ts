import type { RecordView } from '@oncekit/once'

import type { Paint } from '../terminal/paint.ts'
import { printable } from '../terminal/printable.ts'
import { holderText, leaseText, paintState } from './describe.ts'
import { span } from './time.ts'

/** Records as rows. The columns are as wide as the first rows need: a listing may be long, and does not wait for its end. */
export class RecordTable {
  readonly #paint: Paint
  #first: Row[] | undefined = []
  #widths: readonly number[] = []

  constructor(paint: Paint) {
    this.#paint = paint
  }

  /** The text to print now; empty while the widths are not known. */
  add(record: RecordView): string {
    const row = rowOf(record, this.#paint)
    if (this.#first === undefined) return this.#line(row)
    this.#first.push(row)
    return this.#first.length < MEASURED_ROWS ? '' : this.rest()
  }

  /** What is still to print at the end. */
  rest(): string {
    const rows = this.#first ?? []
    this.#first = undefined
    if (rows.length === 0) return ''
    const heading: Row = HEADING.map((text) => ({ text, shown: this.#paint.bold(text) }))
    const all = [heading, ...rows]
    this.#widths = HEADING.map((_, column) =>
      Math.max(...all.map((row) => row[column]?.text.length ?? 0)),
    )
    return all.map((row) => this.#line(row)).join('')
  }

  #line(row: Row): string {
    const cells = row.map(({ text, shown }, column) => {
      const missing = (this.#widths[column] ?? 0) - text.length
      return shown + ' '.repeat(Math.max(0, missing))
    })
    return `${cells.join('  ').trimEnd()}\n`
  }
}

/** A cell: what it is, and how it looks. */
type Row = readonly { readonly text: string; readonly shown: string }[]

const HEADING = ['KEY', 'STATE', 'ATTEMPT', 'KEPT', 'HELD BY'] as const
const MEASURED_ROWS = 100

function rowOf(record: RecordView, paint: Paint): Row {
  const cell = (text: string): Row[number] => ({ text, shown: text })
  const running = record.state === 'executing'
  return [
    cell(printable(record.key)),
    { text: record.state, shown: paintState(record.state, record.state, paint) },
    cell(String(record.attempt)),
    cell(record.ttlMs === undefined ? 'always' : span(record.ttlMs)),
    cell(running ? `${holderText(record.holder)}, lease ${leaseText(record.leaseLeftMs)}` : ''),
  ]
}
