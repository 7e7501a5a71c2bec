import { type RushFigures, duplicatesClaims, measureDuplicates } from './duplicates/duplicates.ts'
import { type Ground, openGround } from './ground.ts'
import { compare } from './harness/compare.ts'
import type { Measured } from './harness/comparison.ts'
import { type HeapFigures, heapClaim, measureHeap } from './heap/heap.ts'
import type { BenchOptions, RowName } from './options.ts'
import { type RecordBytes, measureRecords, recordClaim } from './records/records.ts'
import { type Claim, claimsOf } from './report/claim.ts'
import { progress } from './report/text.ts'
import { comparisons } from './rows.ts'

/** All that a run found. */
export interface Findings {
  readonly claims: readonly Claim[]
  readonly measured: readonly Measured[]
  readonly records: readonly RecordBytes[]
  readonly heap: readonly HeapFigures[]
  readonly duplicates: readonly RushFigures[]
}

/** Measures the rows one after the other, on a server and in folders of its own; `say` hears of each as it is done. */
export async function bench(options: BenchOptions, say: (line: string) => void): Promise<Findings> {
  await using opened = new AsyncDisposableStack()
  const ground = await openGround(opened, options.profile)
  const findings: Writable<Findings> = {
    claims: [],
    measured: [],
    records: [],
    heap: [],
    duplicates: [],
  }
  for (const row of options.rows) {
    for await (const claims of measureRow(row, ground, options, findings)) {
      findings.claims.push(...claims)
      say(progress(claims))
    }
  }
  return findings
}

async function* measureRow(
  row: RowName,
  ground: Ground,
  options: BenchOptions,
  findings: Writable<Findings>,
): AsyncGenerator<readonly Claim[]> {
  switch (row) {
    case 'records': {
      const { redis, url } = await ground.server()
      findings.records = await measureRecords(redis, url)
      yield [recordClaim(findings.records)]
      return
    }
    case 'duplicates': {
      const { redis, url } = await ground.server()
      findings.duplicates = await measureDuplicates(redis, url, options.repeat)
      yield duplicatesClaims(findings.duplicates)
      return
    }
    case 'heap':
      findings.heap = await measureHeap(Math.min(HEAPS, options.repeat))
      yield [heapClaim(findings.heap)]
      return
    default:
      for (const comparison of comparisons[row]) {
        const measured = await compare(comparison, ground, options)
        findings.measured.push(measured)
        yield claimsOf(measured)
      }
  }
}

/** A heap is counted, not timed: few of them say as much as many. */
const HEAPS = 3

type Writable<T> = {
  -readonly [Name in keyof T]: T[Name] extends readonly (infer E)[] ? E[] : T[Name]
}
