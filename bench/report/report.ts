import type { Findings } from '../bench.ts'
import { type Machine, describeMachine } from './machine.ts'
import { digits, table } from './table.ts'
import { claimsTable, subjectsTable } from './text.ts'

/** All of a run as text for people. */
export function reportText(findings: Findings, machine: Machine): string {
  const { claims, measured, records, heap } = findings
  const parts = [describeMachine(machine), claimsTable(claims)]
  if (measured.length > 0) parts.push(subjectsTable(measured))
  if (records.length > 0) {
    parts.push(
      table(
        ['a finished record in Redis, bytes', 'header', 'result', 'memory'],
        records.map(({ name, header, result, memory }) =>
          [name, header, result, memory].map(String),
        ),
      ),
    )
  }
  if (heap.length > 0) {
    parts.push(
      table(
        ['a finished record in memory, bytes of heap', 'all', 'key', 'value', 'beyond'],
        heap.map(({ total, key, value, beyond }, n) =>
          [`process ${n + 1}`].concat([total, key, value, beyond].map(digits)),
        ),
      ),
    )
  }
  return `${parts.join('\n\n')}\n`
}

/** The same for programs. */
export function reportJson(findings: Findings, machine: Machine): string {
  const measured = findings.measured.map(({ comparison, slices }) => ({
    ...comparison,
    slices: Object.fromEntries(slices),
  }))
  return `${JSON.stringify({ machine, ...findings, measured }, undefined, 2)}\n`
}
