import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { spreadOf } from '../harness/statistics.ts'
import type { Claim } from '../report/claim.ts'

/** Bytes of heap for one finished record of the memory store. */
export interface HeapFigures {
  readonly total: number
  /** What the key's and the value's text take by themselves. */
  readonly key: number
  readonly value: number
  readonly beyond: number
  readonly bodies: number
}

/** Each time in a new process, whose heap holds nothing else. */
export async function measureHeap(repeat: number): Promise<HeapFigures[]> {
  const found: HeapFigures[] = []
  for (let i = 0; i < repeat; i++) {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...['--conditions=@oncekit/source', '--expose-gc'],
      fileURLToPath(new URL('child.ts', import.meta.url)),
    ])
    found.push(JSON.parse(stdout) as HeapFigures)
  }
  return found
}

export function heapClaim(figures: readonly HeapFigures[]): Claim {
  return {
    name: 'heap per record in memory, bytes beyond key and value',
    value: spreadOf(figures.map(({ beyond }) => beyond)),
    target: { atLeast: 450, reachFor: 300, better: 'less' },
  }
}
