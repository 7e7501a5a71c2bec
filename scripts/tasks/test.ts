import { servers } from './servers.ts'
import { testsToLeaveOut } from './tests-to-leave-out.ts'
import { runVitest } from '../vitest/run-vitest.ts'
import { type Outcome, skipLines, tally, tallyLine } from '../vitest/tally.ts'

// Every test: unit and integration, on real servers, and beside them what only thinks. Arguments go
// to vitest: a part of a file name, `-t` and a part of a test name.
const args = process.argv.slice(2)
await using ready = await servers(say)
const leftOut = (await testsToLeaveOut(ready.missing)).filter(({ file }) => isAskedFor(file))
const env = { ...ready.env, ONCEKIT_TEST_LEFT_OUT: leftOut.map(({ file }) => file).join(',') }
// A filter may leave only tests of one part, or only tests that are left out.
const flags = leftOut.length > 0 || args.length > 0 ? ['--passWithNoTests'] : []
const proofs: string[] = []
const printed = (output: string): void => void proofs.push(output)
const runs = await Promise.all(
  args.some((arg) => arg.startsWith('--project'))
    ? [runVitest([...flags, ...args], { env })]
    : [
        runVitest(['--project=unit', '--project=integration', ...flags, ...args], { env }),
        runVitest(['--project=proof', ...flags, ...args], { env, printed }),
      ],
)
for (const output of proofs) process.stdout.write(output)
const ran = runs.flat()
if (ran.length === 0 && leftOut.length === 0) {
  ran.push({ name: `no test fits ${args.join(' ')}`, state: 'failed' })
}

// On a machine that is there to run every test, a server that is missing is a fault.
const state = process.env['CI'] === 'true' ? 'failed' : 'skipped'
const outcomes: Outcome[] = [
  ...ran,
  ...leftOut.map(({ file, reason }) => ({ name: file, state, reason }) as const),
]
for (const line of skipLines(outcomes)) say(line)
for (const each of ran) if (each.state === 'failed') say(`failed: ${each.name}`)
if (state === 'failed') for (const { file, reason } of leftOut) say(`not run: ${file}: ${reason}`)
const result = tally(outcomes)
process.stdout.write(`${tallyLine(result)}\n`)
process.exitCode = result.failed > 0 ? 1 : 0

function isAskedFor(file: string): boolean {
  const parts = args.filter((arg) => !arg.startsWith('-'))
  return parts.length === 0 || parts.some((part) => file.includes(part))
}

function say(line: string): void {
  process.stderr.write(`test: ${line}\n`)
}
