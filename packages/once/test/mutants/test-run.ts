import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { TestFiles } from './mutant.ts'

/** What a run of tests came to. */
export interface TestRun {
  /** `hung`: it was ended because it took too long. `broken`: there is no telling what the tests say. */
  readonly end: 'passed' | 'failed' | 'hung' | 'broken'
  readonly failures: readonly Failure[]
  /** What the run printed, for one that broke. */
  readonly output: string
  readonly seconds: number
}

export interface Failure {
  /** Below `packages/once/test`. */
  readonly file: string
  readonly test: string
  readonly message: string
}

export interface TestRunOptions {
  /** The workspace, or a copy of it. */
  readonly root: string
  readonly tests: TestFiles
  readonly limitMs: number
  /** Whether the first failure ends the run. */
  readonly bail: boolean
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

const TEST_FOLDER = 'packages/once/test/'
/** A machine that is busy must not decide what becomes of a mutant. */
const TEST_TIMEOUT_MS = 60_000

/** Runs the test files with the vitest of the workspace. */
export async function runTests(options: TestRunOptions): Promise<TestRun> {
  options.signal?.throwIfAborted()
  const folder = await mkdtemp(join(tmpdir(), 'oncekit-mutants-report-'))
  const report = join(folder, 'report.json')
  try {
    const started = performance.now()
    const { output, hung } = await runVitest(options, report)
    const seconds = (performance.now() - started) / 1000
    const told = hung ? undefined : await readReport(report)
    const failures = told === undefined ? [] : failuresOf(told, options.root)
    return { end: endOf(hung, told, failures), failures, output, seconds }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function endOf(
  hung: boolean,
  told: Report | undefined,
  failures: readonly Failure[],
): TestRun['end'] {
  if (hung) return 'hung'
  // A file that cannot even be loaded tells nothing about a guard.
  if (told === undefined || told.testResults.some(isUnloadable)) return 'broken'
  if (failures.length > 0) return 'failed'
  return told.success && told.numPassedTests > 0 ? 'passed' : 'broken'
}

function runVitest(
  { root, tests, limitMs, bail, env, signal }: TestRunOptions,
  report: string,
): Promise<{ readonly output: string; readonly hung: boolean }> {
  const args = [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    `--project=${tests.project}`,
    '--reporter=json',
    `--testTimeout=${TEST_TIMEOUT_MS}`,
    `--outputFile=${report}`,
    ...(bail ? ['--bail=1', '--maxWorkers=1'] : []),
    ...(tests.named === undefined ? [] : [`--testNamePattern=${tests.named}`]),
    ...tests.files.map((file) => TEST_FOLDER + file),
  ]
  return new Promise((resolve, reject) => {
    let output = ''
    let hung = false
    // A group of its own, so that its workers and servers end with it.
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...ownEnvironment(), NODE_OPTIONS: `--import=${NO_SHRINKING}`, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    const kill = (): void => {
      if (child.pid !== undefined) endGroup(child.pid)
    }
    const limit = setTimeout(() => {
      hung = true
      kill()
    }, limitMs)
    signal?.addEventListener('abort', kill)
    const settle = (): void => {
      clearTimeout(limit)
      signal?.removeEventListener('abort', kill)
    }
    child.once('error', (error) => {
      settle()
      reject(error)
    })
    child.once('close', () => {
      settle()
      if (signal?.aborted === true) reject(abortReason(signal))
      else resolve({ output, hung })
    })
  })
}

const NO_SHRINKING = new URL('./no-shrinking.mjs', import.meta.url).href

/** A vitest that this one may run in has told its own workers things that are not for others. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|TINYPOOL|TEST$|NODE_ENV$)/.test(name),
    ),
  )
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('ended')
}

/** The part of vitest's JSON report that is of interest. */
interface Report {
  readonly success: boolean
  readonly numPassedTests: number
  readonly testResults: readonly FileReport[]
}

interface FileReport {
  readonly name: string
  readonly status: string
  readonly message: string
  readonly assertionResults: readonly {
    readonly ancestorTitles: readonly string[]
    readonly title: string
    readonly status: string
    readonly failureMessages?: readonly string[] | null
  }[]
}

async function readReport(file: string): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Report
  } catch {
    return undefined
  }
}

function isUnloadable({ status, assertionResults }: FileReport): boolean {
  return status === 'failed' && !assertionResults.some((test) => test.status === 'failed')
}

function failuresOf({ testResults }: Report, root: string): Failure[] {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ ancestorTitles, title, failureMessages }) => ({
        file: name.replaceAll('\\', '/').replace(`${root}/${TEST_FOLDER}`, ''),
        test: [...ancestorTitles, title].join(' › '),
        message: failureMessages?.[0] ?? '',
      })),
  )
}
