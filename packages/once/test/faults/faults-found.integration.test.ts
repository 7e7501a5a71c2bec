import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { judgeHistory } from './judge.ts'
import { LEASE_MS, runRound } from './round.ts'

test('a store that says "committed" and forgets, and a ledger that charges twice, are found', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'oncekit-faults-'))
  const history = join(folder.path, 'history.jsonl')
  const report = await runRound({
    ...{ store: 'sqlite', seed: 1, seconds: 5, workers: 2, kinds: ['kill'], history },
    ...{ sabotage: 'drop-commits', ledger: { dedups: false } },
  })
  const { findings } = report
  const rules = new Set(findings.map(({ rule }) => rule))
  expect([...rules]).toEqual(expect.arrayContaining(['I2', 'I5', 'ledger']))
  // Each comes with what happened to its key, and the history holds it too.
  const first = findings.find(({ rule }) => rule === 'I5')
  expect(first?.story.join('\n')).toMatch(/is granted claim .*a takeover/)
  expect(await readFile(history, 'utf8')).toContain(`"key":"${first?.key}"`)
  // Judged again it shows the same.
  const { seed, workers, counts, effects, faults } = report
  const again = await judgeHistory(history, { store: 'sqlite', seed, workers, leaseMs: LEASE_MS })
  expect(again).toMatchObject({ counts, effects, faults })
  expect(new Set(again.findings.map(({ rule, key }) => rule + key))).toEqual(
    new Set(findings.map(({ rule, key }) => rule + key)),
  )
}, 60_000)

test.each([
  [
    'gives a key away while its lease lives',
    'I1',
    { sabotage: 'steal-leases', seed: 2, seconds: 4 },
  ],
  [
    'says "removed" and keeps the record',
    'I16',
    { sabotage: 'drop-removals', seed: 3, seconds: 12 },
  ],
] as const)(
  'a store that %s is found',
  async (_harm, rule, broken) => {
    const round = { store: 'sqlite', workers: 2, kinds: ['pause-short'] } as const
    const { findings } = await runRound({ ...round, ...broken })
    expect(findings.map((finding) => finding.rule)).toContain(rule)
  },
  60_000,
)
