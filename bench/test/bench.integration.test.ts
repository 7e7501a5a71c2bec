import { beforeAll, expect, test } from 'vitest'

import { type Findings, bench } from '../bench.ts'
import { ROWS } from '../options.ts'
import { thisMachine } from '../report/machine.ts'
import { reportJson, reportText } from '../report/report.ts'
import { comparisons } from '../rows.ts'

// Needs a Redis server: the bench takes startRedis() for one of its own.

const said: string[] = []
let findings: Findings

beforeAll(async () => {
  const times = { seconds: 0.01, repeat: 1, warmUpMs: 1, runInMs: 1 }
  const options = { rows: ROWS, ...times, json: false, help: false }
  findings = await bench(options, (line) => said.push(line))
}, 240_000)

test('every row of every group yields finite figures for every subject', () => {
  const rows = Object.values(comparisons).flat()
  expect(findings.measured.map(({ comparison }) => comparison.name)).toEqual(
    rows.map(({ name }) => name),
  )
  for (const { comparison, slices } of findings.measured) {
    const { ours, rivals, beside = [] } = comparison
    expect([...slices.keys()]).toEqual([ours, ...rivals, ...beside])
    for (const [subject, [slice]] of slices) {
      expect(numbersIn(slice), `${comparison.name}: ${subject}`).not.toHaveLength(0)
      for (const value of numbersIn(slice)) expect(value).toBeGreaterThanOrEqual(0)
      expect(slice?.operations, `${comparison.name}: ${subject}`).toBeGreaterThan(0)
    }
  }
})

test('records, heap and duplicates yield finite figures', () => {
  const { records, heap, duplicates } = findings
  expect([records.length, heap.length, duplicates.length]).toEqual([3, 1, 1])
  for (const value of numbersIn([records, heap, duplicates])) expect(value).toBeGreaterThan(-1)
  expect(records.map(({ memory }) => memory > 0)).toEqual([true, true, true])
  expect(heap[0]?.total).toBeGreaterThan(0)
})

test('callers on Redis ask the server for what they claim to ask', () => {
  const alone = findings.measured.find(({ comparison }) => comparison.name === 'fresh, 1 caller')
  const requests = (subject: 'once' | 'ioredis'): number =>
    alone?.slices.get(subject)?.[0]?.server?.requests ?? Number.NaN
  expect(requests('once')).toBeCloseTo(2, 0)
  expect(requests('ioredis')).toBeCloseTo(2, 0)
})

test('every claim is finite, said while running, and found in the report', () => {
  const text = reportText(findings, thisMachine())
  for (const { name, value } of findings.claims) {
    expect(numbersIn(value)).toHaveLength(3)
    expect(said.join('\n')).toContain(name)
    expect(text).toContain(name)
  }
  expect(text).not.toMatch(/NaN|Infinity|undefined/)
})

test('the report for programs is JSON with the same claims', () => {
  const report = JSON.parse(reportJson(findings, thisMachine())) as Findings
  expect(report.claims).toEqual(findings.claims)
  expect(report.measured[0]).toHaveProperty('slices.once')
})

/** All numbers within, of which each must be finite. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') {
    expect(Number.isFinite(value)).toBe(true)
    return [value]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(numbersIn)
}
