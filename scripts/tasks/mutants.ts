import { MUTANTS } from '../../packages/once/test/mutants/list.ts'
import { hunt, isProven } from '../../packages/once/test/mutants/hunt.ts'
import {
  type MutantsOptions,
  parseOptions,
  USAGE,
} from '../../packages/once/test/mutants/options.ts'
import { listOf, pageOf, summary, tableOf } from '../../packages/once/test/mutants/report.ts'
import { servers } from './servers.ts'

// Proves that a test notices each guard of `once` that is missing.
const options = optionsOrExit()
if (options?.print === 'help') process.stdout.write(USAGE)
else if (options?.print === 'list') process.stdout.write(listOf(options.mutants))
else if (options !== undefined) process.exitCode = await run(options)

async function run({ mutants, print }: MutantsOptions): Promise<number> {
  // On Ctrl-C what was begun ends, and the copies are deleted.
  const interrupt = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // More often than once: a terminal and a parent may both pass it on.
    process.on(signal, () => interrupt.abort(new Error('interrupted')))
  }
  await using ready = await servers(say)
  const started = performance.now()
  const findings = await hunt({ mutants, say, env: ready.env, signal: interrupt.signal }).catch(
    (error: unknown) => {
      if (!interrupt.signal.aborted) throw error
    },
  )
  if (findings === undefined) return 130
  say(`${summary(findings)}, in ${((performance.now() - started) / 1000).toFixed(0)} s`)
  process.stdout.write(print === 'markdown' ? pageOf(findings) : tableOf(findings))
  return isProven(findings) ? 0 : 1
}

function optionsOrExit(): MutantsOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2), MUTANTS)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    process.stderr.write(`mutants: ${error.message}\n\n${USAGE}`)
    process.exitCode = 1
    return undefined
  }
}

function say(line: string): void {
  process.stderr.write(`mutants: ${line}\n`)
}
