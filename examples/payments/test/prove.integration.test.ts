import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Once } from '@oncekit/once'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { startProof } from './proof-process.ts'
import type { ProofProcess } from './proof-process.ts'

const small = ['--payments', '300', '--workers', '3']

interface ProofJson {
  readonly proven: boolean
  readonly distinct: number
  readonly requests: Readonly<Record<string, number>> & { readonly sent: number }
  readonly ledger: Readonly<Record<string, number>>
  readonly takeovers: number
  readonly kills: readonly { readonly customer: string }[]
  readonly violations: readonly { readonly key: string; readonly what: string }[]
}

describe('the proof', () => {
  let folder: string
  const started: ProofProcess[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oncekit-proof-test-'))
  })
  afterEach(async () => {
    for (const { child } of started.splice(0)) child.kill('SIGKILL')
    await rm(folder, { recursive: true, maxRetries: 3 })
  })

  const start = (args: readonly string[]): ProofProcess => {
    const proof = startProof(folder, args)
    started.push(proof)
    return proof
  }
  const proofJson = async (args: readonly string[]): Promise<[number | null, ProofJson]> => {
    const { code, out } = await start([...small, '--json', ...args]).ended
    return [code, JSON.parse(out) as ProofJson]
  }

  test('charges each of 300 payments once, though two processes are killed, and tells it as a table', async () => {
    const { code, out, err } = await start(small).ended
    expect({ code, err: err.replace(/^\d+ s: .*\n/gm, '') }).toEqual({ code: 0, err: '' })
    const number = (name: string): number =>
      Number(new RegExp(`^ *${name} +([\\d,]+) `, 'm').exec(out)?.[1]?.replaceAll(',', ''))
    const sum = (...names: readonly string[]): number =>
      names.map(number).reduce((total, each) => total + each, 0)

    expect(number('charged')).toBe(300)
    expect(number('distinct payments')).toBe(300)
    expect(number('processes killed')).toBe(2)
    expect(number('takeovers')).toBeGreaterThanOrEqual(2)
    expect(number('deduped')).toBeGreaterThanOrEqual(2)
    expect(number('deduped')).toBeLessThanOrEqual(number('takeovers'))
    expect(number('refused by fence')).toBeGreaterThanOrEqual(2)
    expect(number('ledger: attempted')).toBe(sum('refused by fence', 'deduped', 'charged'))
    expect(sum('paid', 'replayed')).toBe(1_200)
    expect(number('lost')).toBeGreaterThanOrEqual(2)
    expect(out).toMatch(/^PROVEN: charged 300 = distinct 300: /m)
    expect(out).toContain('npm start -- --prove --no-dedup')
    expect(out.split('\n').filter((line) => line.length > 110 && !line.startsWith('npx'))).toEqual(
      [],
    )
    expect(await readdir(folder)).toEqual([])
  })

  test('fails when the ledger does not look at derived keys: both payments under way at a kill are charged twice', async () => {
    const [code, proof] = await proofJson(['--no-dedup'])
    expect(code).toBe(1)
    expect(proof.proven).toBe(false)
    expect(proof.ledger['charged']).toBeGreaterThanOrEqual(302)
    expect(proof.ledger['deduped']).toBe(0)
    const twice = proof.violations
      .filter(({ what }) => what === 'charged 2 times')
      .map(({ key }) => key.replace(/^.*payment/, 'customer'))
    expect(twice).toEqual(expect.arrayContaining(proof.kills.map(({ customer }) => customer)))
  })

  test('names the keys that went wrong, in words', async () => {
    const { code, out } = await start([...small, '--no-dedup']).ended
    expect(code).toBe(1)
    expect(out).toMatch(
      /^NOT PROVEN: charged \d+, distinct 300: \d+ payments went wrong:\n {2}\w+:payment-\d+: charged 2 times$/m,
    )
  })

  test('holds on Redis, and leaves nothing of its own there', async () => {
    const store = inject('redisUrl')
    const [code, proof] = await proofJson(['--store', store])
    expect({ code, charged: proof.ledger['charged'] }).toEqual({ code: 0, charged: 300 })
    await using once = await Once.create({
      ...Once.defaultConfig('test'),
      store,
      prefix: 'payments-proof',
    })
    expect(await Array.fromAsync(once.list())).toEqual([])
  })

  test.for(['SIGINT', 'SIGTERM'] as const)(
    'interrupted by %s leaves no process and no file',
    async (signal) => {
      const proof = start(['--payments', '100000'])
      await expect.poll(proof.err, { timeout: 20_000 }).toMatch(/^\d+ s: [1-9]/m)
      const workers = childrenOf(proof.child.pid)
      expect(workers).toHaveLength(4)
      proof.child.kill(signal)
      const { code, err } = await proof.ended
      expect(code).toBe(signal === 'SIGINT' ? 130 : 143)
      expect(err).toContain(`payments: stopped by ${signal}\n`)
      expect(workers.filter(isAlive)).toEqual([])
      expect(await readdir(folder)).toEqual([])
    },
  )

  test('whose parent is killed leaves no process', async () => {
    const proof = start(['--payments', '100000'])
    await expect.poll(proof.err, { timeout: 20_000 }).toMatch(/^\d+ s: [1-9]/m)
    const workers = childrenOf(proof.child.pid)
    expect(workers).toHaveLength(4)
    proof.child.kill('SIGKILL')
    await expect.poll(() => workers.filter(isAlive), { timeout: 10_000 }).toEqual([])
  })

  test.each([
    [['--store', 'redis://127.0.0.1:1'], /^payments: Cannot reach Redis at .*\n$/],
    [['--store', 'sqlite:/no/such/folder/once.db'], /^payments: store .*\n$/],
    [['--workers', '1'], /^payments: --workers: expected .* got "1"\n$/],
  ])('that cannot be tried says why in one line, with 2: %j', async (args, told) => {
    const { code, out, err } = await start(args).ended
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(told)
  })
})

function childrenOf(pid = 0): readonly number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
  return table
    .split('\n')
    .map((line) => line.trim().split(/ +/).map(Number))
    .flatMap(([child = 0, parent = 0]) => (parent === pid ? [child] : []))
}

function isAlive(pid: number): boolean {
  const state = execFileSync('sh', ['-c', `ps -o stat= -p ${pid} || true`], { encoding: 'utf8' })
  return !/^($|Z)/.test(state.trim())
}
