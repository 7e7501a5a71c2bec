import type { Mutant, TestFiles } from './mutant.ts'
import { MutantOutdated, mutated } from './mutant.ts'
import { runTests } from './test-run.ts'
import type { Failure, TestRun } from './test-run.ts'
import { WorkspaceCopy } from './workspace-copy.ts'

/** What became of one mutant. */
export interface Finding {
  readonly mutant: Mutant
  readonly verdict: Verdict
  readonly seconds: number
}

export type Verdict =
  | { readonly kind: 'caught'; readonly by: Failure }
  /** The tests waited for what never came, and the mutant says that they may. */
  | { readonly kind: 'caught by a hang' }
  | { readonly kind: 'survived' }
  /** Nothing is known: the tests fail without the mutant too, hang, break, or the source has moved on. */
  | { readonly kind: 'unknown'; readonly why: string }

export interface HuntOptions {
  readonly mutants: readonly Mutant[]
  readonly say: (line: string) => void
  /** Runs at the same time, each in a copy of its own. @defaultValue 2 */
  readonly lanes?: number
  /** How long a run of tests may take with a mutant. @defaultValue 2 minutes */
  readonly limitMs?: number
  /** Variables for the tests. */
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

const LIMIT_MS = 120_000
/** All tests together, without a mutant. */
const LIMIT_OF_ALL_MS = 300_000

/** Proves that the tests pass, and then that they no longer do when a guard is missing: one mutant at a time in each copy. */
export async function hunt(options: HuntOptions): Promise<Finding[]> {
  const { mutants, say, lanes = 2 } = options
  await using opened = new AsyncDisposableStack()
  const first = opened.use(await WorkspaceCopy.create())
  const copies = [first]
  // Before the first test: somebody may go on with the source meanwhile.
  while (copies.length < Math.min(lanes, mutants.length)) {
    copies.push(opened.use(await WorkspaceCopy.create()))
  }
  const failing = await failingWithout(first, options)
  const findings: Finding[] = []
  const waiting = mutants.entries()
  const lane = async (copy: WorkspaceCopy): Promise<void> => {
    // The lanes share one iterator: each takes the next mutant.
    for (const [index, mutant] of waiting) {
      const finding = await tryMutant(copy, mutant, failing, options)
      findings[index] = finding
      say(`${findings.filter(Boolean).length}/${mutants.length} ${progressLine(finding)}`)
    }
  }
  // When one lane breaks, the copies of the others must not vanish under them.
  const ends = await Promise.allSettled(copies.map(lane))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return findings
}

/** Whether every mutant was caught. */
export function isProven(findings: readonly Finding[]): boolean {
  return findings.every(({ verdict }) => verdict.kind.startsWith('caught'))
}

/** Tests that fail although no guard is missing. */
interface Unfit {
  readonly file: string
  /** Missing: all of the file. */
  readonly test?: string
  readonly why: string
}

async function failingWithout(
  copy: WorkspaceCopy,
  { mutants, say, env, signal }: HuntOptions,
): Promise<Unfit[]> {
  const failing: Unfit[] = []
  for (const tests of filesByProject(mutants)) {
    say(`without a mutant: ${tests.files.length} ${tests.project} test files`)
    const run = await runTests({
      root: copy.root,
      tests,
      limitMs: LIMIT_OF_ALL_MS,
      bail: false,
      ...(env === undefined ? {} : { env }),
      signal,
    })
    if (run.end === 'failed') {
      for (const { file, test, message } of run.failures) {
        failing.push({ file, test, why: `"${test}" fails: ${message.split('\n')[0]}` })
        say(`without a mutant: ${file} › ${test} fails`)
      }
    } else if (run.end !== 'passed') {
      for (const file of tests.files) failing.push({ file, why: why(run) })
    }
    say(`without a mutant: ${run.end} in ${run.seconds.toFixed(1)} s`)
  }
  return failing
}

function filesByProject(mutants: readonly Mutant[]): TestFiles[] {
  return (['unit', 'integration'] as const)
    .map((project) => {
      const asked = mutants.filter(({ caughtBy }) => caughtBy.project === project)
      return { project, files: [...new Set(asked.flatMap(({ caughtBy }) => caughtBy.files))] }
    })
    .filter(({ files }) => files.length > 0)
}

async function tryMutant(
  copy: WorkspaceCopy,
  mutant: Mutant,
  failing: readonly Unfit[],
  { limitMs = LIMIT_MS, env, signal }: HuntOptions,
): Promise<Finding> {
  const unknown = (reason: string): Finding => ({
    mutant,
    verdict: { kind: 'unknown', why: reason },
    seconds: 0,
  })
  const unfit = failing.find((each) => isAsked(each, mutant.caughtBy))
  if (unfit !== undefined) return unknown(`without the mutant too, in ${unfit.file}: ${unfit.why}`)
  try {
    const run = await copy.with(
      `packages/once/src/${mutant.file}`,
      (source) => mutated(source, mutant),
      () =>
        runTests({
          root: copy.root,
          tests: mutant.caughtBy,
          limitMs,
          bail: true,
          ...(env === undefined ? {} : { env }),
          signal,
        }),
    )
    return { mutant, verdict: verdictOn(run, mutant), seconds: run.seconds }
  } catch (error) {
    if (error instanceof MutantOutdated) return unknown(error.message)
    throw error
  }
}

function isAsked({ file, test }: Unfit, { files, named = '' }: TestFiles): boolean {
  return files.includes(file) && (test === undefined || test.includes(named))
}

function verdictOn(run: TestRun, mutant: Mutant): Verdict {
  const [by] = run.failures
  switch (run.end) {
    case 'passed':
      return { kind: 'survived' }
    case 'hung':
      return mutant.mayHang === true
        ? { kind: 'caught by a hang' }
        : { kind: 'unknown', why: why(run) }
    case 'failed':
      return by === undefined ? { kind: 'unknown', why: why(run) } : verdictOf(by, mutant)
    case 'broken':
      return { kind: 'unknown', why: why(run) }
    default:
      return run.end satisfies never
  }
}

/** What a failure says about the guard, if anything. */
function verdictOf(by: Failure, { mayHang }: Mutant): Verdict {
  // A script that is no Lua fails every test.
  if (/compiling script/.test(by.message)) {
    return { kind: 'unknown', why: `the script is no Lua any more: ${by.message}` }
  }
  // On a machine that is busy any test can come too late.
  if (/\b(Test|Hook) timed out in \d+ms/.test(by.message) && mayHang !== true) {
    return { kind: 'unknown', why: `"${by.test}" came to no end` }
  }
  return { kind: 'caught', by }
}

function why(run: TestRun): string {
  if (run.end === 'hung') return `the tests did not end in ${run.seconds.toFixed(0)} s`
  return `the tests cannot run:\n${run.output.trim().split('\n').slice(-15).join('\n')}`
}

function progressLine({ mutant, verdict, seconds }: Finding): string {
  const took = `${seconds.toFixed(1)} s`
  switch (verdict.kind) {
    case 'caught':
      return `caught   ${mutant.name} (${took}) by ${verdict.by.file} › ${verdict.by.test}`
    case 'caught by a hang':
      return `caught   ${mutant.name} (${took}): the tests hang`
    case 'survived':
      return `SURVIVED ${mutant.name} (${took}): ${mutant.caughtBy.files.join(', ')} pass without it`
    case 'unknown':
      return `UNKNOWN  ${mutant.name}: ${verdict.why}`
    default:
      return verdict satisfies never
  }
}
