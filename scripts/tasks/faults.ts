import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  type FaultOptions,
  USAGE,
  parseFaultOptions,
} from '../../packages/once/test/faults/options.ts'
import { judgeHistory } from '../../packages/once/test/faults/judge.ts'
import { reportJson, reportText } from '../../packages/once/test/faults/report.ts'
import {
  LEASE_MS,
  type RoundReport,
  faultKinds,
  runRound,
} from '../../packages/once/test/faults/round.ts'

// Real processes and a real store, harmed for as long as asked; the report tells what it came to.
const options = await optionsOrExit()
if (options?.help === true) process.stdout.write(USAGE)
else if (options !== undefined) {
  process.exitCode = await run(options)
  // The report is what counts: a round that left something open is told, and ends all the same.
  setTimeout(() => {
    say(`left open: ${process.getActiveResourcesInfo().join(', ')}`)
    process.exit()
  }, 5_000).unref()
}

async function run({ store, minutes, keep, judge, ...rest }: FaultOptions): Promise<number> {
  const { seed, workers, kinds } = rest
  const command = [
    `npm run faults -- --store ${store} --minutes ${minutes} --seed ${seed} --workers ${workers}`,
    ...(kinds === undefined ? [] : [`--kinds ${kinds.join(',')}`]),
    ...(judge === undefined ? [] : [`--judge ${basename(judge)}`]),
  ].join(' ')
  say(command)
  // Ctrl-C ends the round as its time would: all is healed, closed and told.
  const early = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => early.abort())
  const history = join(tmpdir(), `oncekit-faults-${store}-${seed}.jsonl`)
  const report =
    judge === undefined
      ? await runRound({
          ...{ store, seconds: minutes * 60, seed, workers, say, signal: early.signal },
          ...(kinds === undefined ? {} : { kinds }),
          ...(keep ? { history } : {}),
        })
      : await judgeHistory(judge, { store, seed, workers, leaseMs: LEASE_MS })
  process.stdout.write(`\n${reportText(report, command)}\n`)
  if (keep) {
    await keepReport(report, command)
    if (judge === undefined) say(`the whole history is ${history}`)
  }
  return report.findings.length === 0 ? 0 : 1
}

async function keepReport(report: RoundReport, command: string): Promise<void> {
  const folder = join(import.meta.dirname, '../../docs/faults')
  await mkdir(folder, { recursive: true })
  const name = `${new Date().toISOString().slice(0, 10)}-${report.store}`
  await writeFile(join(folder, `${name}.md`), `${reportText(report, command)}\n`)
  await writeFile(join(folder, `${name}.json`), reportJson(report, command))
  say(`kept as docs/faults/${name}.md and .json`)
}

async function optionsOrExit(): Promise<FaultOptions | undefined> {
  try {
    const parsed = parseFaultOptions(process.argv.slice(2), Date.now())
    if (!parsed.help) await refuseUnknownKinds(parsed)
    return parsed
  } catch (error) {
    if (!(error instanceof Error)) throw error
    say(`${error.message}\n\n${USAGE}`)
    process.exitCode = 1
    return undefined
  }
}

async function refuseUnknownKinds({ store, kinds }: FaultOptions): Promise<void> {
  if (kinds === undefined) return
  const known = await faultKinds(store)
  const unknown = kinds.find((kind) => !known.includes(kind))
  if (unknown === undefined) return
  throw new Error(`--kinds ${unknown}: expected some of ${known.join(', ')}`)
}

function say(line: string): void {
  process.stderr.write(`faults: ${line}\n`)
}
