import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { publishedPackages } from './published-packages.ts'
import { runStep, type Step } from './steps.ts'

// Everything that can be known without a server. Each step is a line; only a failing one shows
// what it printed.
const root = join(import.meta.dirname, '../..')
const bin = (name: string): string => join(root, 'node_modules/.bin', name)

/** What random tests come to in a look; `npm test` tries them at full length. */
const A_LOOK = { ONCEKIT_FUZZ: '0.3', ONCEKIT_RUNS: '300' }

const steps: Step[] = [
  {
    name: 'unit tests',
    // The other steps are at work meanwhile; a worker more would load everything once more.
    commands: [[bin('vitest'), 'run', '--project=unit', '--maxWorkers=100%']],
    env: A_LOOK,
  },
  { name: 'format', commands: [[bin('oxfmt'), '--check', '.']] },
  { name: 'lint', commands: [[bin('oxlint'), '--type-aware', '--deny-warnings']] },
  { name: 'types', commands: [[bin('tsc'), '--project', 'tsconfig.json']] },
  { name: 'dead code', commands: [[bin('knip'), '--no-progress']] },
  { name: 'build and package shape', commands: await buildCommands() },
]

const started = performance.now()
const failed: string[] = []
const waiting = steps.values()
const workers = Array.from({ length: Math.max(2, availableParallelism() - 1) }, async () => {
  // The workers share one iterator: each takes the next step.
  for (const step of waiting) {
    const { ok, seconds, output } = await runStep(step, root)
    if (!ok) failed.push(step.name)
    say(`${ok ? 'ok    ' : 'FAILED'}  ${seconds.toFixed(1).padStart(5)} s  ${step.name}`)
    if (!ok) process.stdout.write(`${output.trimEnd()}\n\n`)
  }
})
await Promise.all(workers)
const seconds = ((performance.now() - started) / 1000).toFixed(1)
const verdict = failed.length === 0 ? 'all is well' : `failed: ${failed.join(', ')}`
say(`${steps.length - failed.length} of ${steps.length} steps, ${seconds} s: ${verdict}`)
process.exitCode = failed.length === 0 ? 0 : 1

/** A build from nothing, so that what a removed source left behind is not taken for good. */
async function buildCommands(): Promise<string[][]> {
  const packages = await publishedPackages(root)
  await Promise.all(
    packages.map((path) => rm(join(path, 'dist'), { recursive: true, force: true })),
  )
  return [
    // The types are a step of their own.
    [bin('tsc'), '--build', '--force', '--noCheck', 'tsconfig.build.json'],
    ...packages.map((path) => [bin('publint'), 'run', path, '--strict', '--pack', 'npm']),
  ]
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
