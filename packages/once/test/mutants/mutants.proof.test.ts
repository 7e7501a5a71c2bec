import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { hunt } from './hunt.ts'
import type { Finding, HuntOptions } from './hunt.ts'
import { MACHINE_MUTANTS } from './list/machine.ts'
import type { Mutant } from './mutant.ts'

const MACHINE = join(import.meta.dirname, '../../src/machine.ts')
const OPENING = 'export function nextFence(last: number, wallMs: number): number {'
/** An endless loop would take a core from the other tests. */
const HANG = ' Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'
const LIMIT = { timeout: 480_000 }

// `npm run mutants` tries all of them, on every store. These need nothing but the machine.
test('the tests of the state machine notice each guard that is missing', LIMIT, async () => {
  const mutants = MACHINE_MUTANTS.filter(({ caughtBy }) =>
    caughtBy.files.every((file) => file === 'machine.test.ts'),
  )
  const before = await readFile(MACHINE, 'utf8')
  const findings = await huntFor(mutants)
  const escaped = findings.filter(({ verdict }) => verdict.kind !== 'caught')
  expect(escaped.map(({ mutant, verdict }) => [mutant.name, verdict])).toEqual([])
  expect(findings.map(({ mutant }) => mutant)).toEqual(mutants)
  // What was changed was a copy.
  expect(await readFile(MACHINE, 'utf8')).toBe(before)
})

test(
  'a hunt tells what is caught from what survives, hangs, breaks or does not apply',
  LIMIT,
  async () => {
    const findings = await huntFor(
      [
        fenceMutant('caught', `${OPENING} return 0`),
        fenceMutant('harmless', `${OPENING} // a remark`),
        fenceMutant('no-code', `${OPENING} } } }`),
        { ...fenceMutant('outdated', ''), find: 'a text that is not there' },
        fenceMutant('endless', OPENING + HANG),
        { ...fenceMutant('endless-and-foretold', OPENING + HANG), mayHang: true },
      ],
      // The tests that do end take three seconds, and on a machine that is busy several times that.
      { limitMs: 20_000, env: { ONCEKIT_FUZZ: '0.1' } },
    )
    expect(findings.map(({ mutant: { name }, verdict: { kind } }) => [name, kind])).toEqual([
      ['caught', 'caught'],
      ['harmless', 'survived'],
      ['no-code', 'unknown'],
      ['outdated', 'unknown'],
      ['endless', 'unknown'],
      ['endless-and-foretold', 'caught by a hang'],
    ])
  },
)

test('tests that fail without a mutant prove nothing about it', LIMIT, async () => {
  const missing = { project: 'unit', files: ['there-is-no-such.test.ts'] } as const
  const [finding] = await huntFor([
    { ...fenceMutant('any', `${OPENING} return 0`), caughtBy: missing },
  ])
  expect(finding?.verdict).toMatchObject({
    kind: 'unknown',
    why: expect.stringContaining('without the mutant too, in there-is-no-such.test.ts'),
  })
})

function huntFor(
  mutants: readonly Mutant[],
  options: Pick<HuntOptions, 'limitMs' | 'env'> = {},
): Promise<Finding[]> {
  // One at a time: tests that cannot wait are running beside these.
  return hunt({ mutants, say: () => {}, lanes: 1, ...options })
}

/** Something done to the function that gives out fences. */
function fenceMutant(name: string, replace: string): Mutant {
  return {
    ...{ name, guards: 'I3', guard: 'a fence is above the last one', harm: 'fences repeat' },
    ...{ file: 'machine.ts', find: OPENING, replace },
    caughtBy: { project: 'unit', files: ['machine.test.ts'] },
  }
}
