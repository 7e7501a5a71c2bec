// node --conditions=@oncekit/source bench/redis-clients/run.ts [rounds] [ms per slice]
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Redis } from '@oncekit/redis'
import { startRedis } from '@oncekit/testing'
import { subjects } from './subjects.ts'
import type { Figure, Slice } from './worker.ts'
import { scripts, stored, type Workload, workloads } from './workloads.ts'

const rounds = Number(process.argv[2] ?? 9)
const ms = Number(process.argv[3] ?? 100)
const names = Object.keys(subjects)
const raws = names.filter((name) => name.endsWith('raw'))

await using server = await startRedis()
await prepare(server.url)
const workers = new Map<string, ChildProcess>()
for (const name of names) workers.set(name, await startWorker(name, server.url))

const cpu = cpus()
console.log(
  `Node ${process.version}, ${cpu.length} × ${cpu[0]?.model}, medians of ${rounds} rounds\n`,
)
console.log(`| workload | ${names.join(' | ')} | fastest raw |`)
console.log(`|---|${names.map(() => '---:|').join('')}---:|`)
for (const [index, workload] of workloads.entries()) {
  console.log(row(workload, await measured(index)))
}
for (const worker of workers.values()) worker.disconnect()

/** What each subject did in each round. */
type Rounds = readonly ReadonlyMap<string, Figure>[]

/** Short slices, one subject after another: what else the machine does hits all of them alike. */
async function measured(workload: number): Promise<Rounds> {
  const found: Map<string, Figure>[] = []
  for (const name of names) await slice(name, { workload, ms }) // warms up
  for (let round = 0; round < rounds; round++) {
    const figures = new Map<string, Figure>()
    for (const name of rotated(names, round)) figures.set(name, await slice(name, { workload, ms }))
    found.push(figures)
  }
  return found
}

function row({ name }: Workload, found: Rounds): string {
  const fastestRaw = (figures: ReadonlyMap<string, Figure>): number =>
    Math.max(...raws.map((raw) => figures.get(raw)?.callsPerSecond ?? 0))
  const cells = names.map((subject) => {
    const own = found.map((figures) => figures.get(subject) ?? { callsPerSecond: 0, cpuMicros: 0 })
    // Raw subjects are compared with the same: the faster one of that round.
    const ratios = own.map((figure, i) => figure.callsPerSecond / fastestRaw(found[i] ?? new Map()))
    return `${median(ratios).toFixed(2)} (${median(own.map((f) => f.cpuMicros)).toFixed(1)} µs)`
  })
  return `| ${name} | ${cells.join(' | ')} | ${(median(found.map(fastestRaw)) / 1000).toFixed(1)} k/s |`
}

async function prepare(url: string): Promise<void> {
  await using redis = await Redis.create({ ...Redis.defaultConfig('production'), url })
  await redis.command(['SET', stored.key, stored.value])
  for (const script of scripts) await redis.command(['SCRIPT', 'LOAD', script.source])
}

async function startWorker(name: string, url: string): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('worker.ts', import.meta.url))
  const worker = fork(file, [name, url], { execArgv: ['--conditions=@oncekit/source'] })
  await once(worker, 'message')
  return worker
}

async function slice(name: string, what: Slice): Promise<Figure> {
  const worker = workers.get(name)
  if (worker === undefined) throw new Error(`no worker for ${name}`)
  const answer = once(worker, 'message')
  worker.send(what)
  const [figure] = await answer
  return figure
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
