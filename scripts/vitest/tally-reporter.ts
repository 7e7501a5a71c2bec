import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node'
import type { Outcome } from './tally.ts'

/** Writes the outcome of every test to the file that `ONCEKIT_TALLY` names. */
export default class TallyReporter implements Reporter {
  #namesAreFiltered = false

  onInit(vitest: Vitest): void {
    this.#namesAreFiltered = vitest.config.testNamePattern !== undefined
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly { readonly message: string }[],
    reason: 'passed' | 'interrupted' | 'failed',
  ): void {
    const file = process.env['ONCEKIT_TALLY']
    if (file === undefined) throw new Error('ONCEKIT_TALLY names no file for the outcomes')
    const outcomes = modules
      .flatMap((module) => outcomesOf(module))
      // With a filter by name the other tests are skipped, and on purpose.
      .filter(({ state, reason: why }) => !this.#namesAreFiltered || state !== 'skipped' || why)
    for (const { message } of unhandled) {
      outcomes.push({ name: `an error outside of any test: ${message}`, state: 'failed' })
    }
    if (reason === 'interrupted') outcomes.push({ name: 'the run, interrupted', state: 'failed' })
    writeFileSync(file, JSON.stringify(outcomes))
  }
}

function outcomesOf(module: TestModule): Outcome[] {
  const broken = [module, ...module.children.allSuites()].filter((each) => each.errors().length > 0)
  return [
    ...broken.map((each) => ({ name: nameOf(each), state: 'failed' as const })),
    ...Array.from(module.children.allTests(), (test) => outcomeOf(test, broken)),
  ]
}

function outcomeOf(test: TestCase, broken: readonly (TestModule | TestSuite)[]): Outcome {
  const name = nameOf(test)
  const result = test.result()
  if (result.state === 'passed' || result.state === 'failed') return { name, state: result.state }
  const ran = result.state === 'skipped' && !isWithin(test, broken)
  if (!ran) return { name, state: 'failed' }
  return { name, state: 'skipped', ...(result.note === undefined ? {} : { reason: result.note }) }
}

/** Whether a suite around the test broke, so that the test was never reached. */
function isWithin(test: TestCase, broken: readonly (TestModule | TestSuite)[]): boolean {
  let around: TestModule | TestSuite = test.parent
  while (!broken.includes(around)) {
    if (around.type === 'module') return false
    around = around.parent
  }
  return true
}

function nameOf(node: TestModule | TestSuite | TestCase): string {
  return node.type === 'module'
    ? node.relativeModuleId
    : `${node.module.relativeModuleId} > ${node.fullName}`
}
