import { bench } from './bench.ts'
import { type BenchOptions, USAGE, parseOptions } from './options.ts'
import { thisMachine } from './report/machine.ts'
import { reportJson, reportText } from './report/report.ts'

const options = optionsOrExit()
if (options?.help === true) process.stdout.write(USAGE)
else if (options !== undefined) {
  const machine = thisMachine()
  const findings = await bench(options, (line) => process.stderr.write(`bench: ${line}\n`))
  process.stdout.write(
    options.json ? reportJson(findings, machine) : `\n${reportText(findings, machine)}`,
  )
}

function optionsOrExit(): BenchOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof Error)) throw error
    process.stderr.write(`bench: ${error.message}\n\n${USAGE}`)
    process.exitCode = 1
    return undefined
  }
}
