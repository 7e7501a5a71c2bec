import { SCOPE_NAMES, Tally, explore, search } from '../../packages/once/src/model/index.ts'
import type { Breach } from '../../packages/once/src/model/index.ts'
import { MODEL_USAGE, parseModelOptions } from './model-options.ts'
import type { ModelOptions } from './model-options.ts'

const options = optionsOrExit()
if (options?.help === true) process.stdout.write(MODEL_USAGE)
else if (options?.exhaustive === true) exhaustive()
else if (options !== undefined) random(options)

/** Every order of events. */
function exhaustive(): void {
  const tally = new Tally()
  let states = 0
  let transitions = 0
  for (const scope of SCOPE_NAMES) {
    const started = performance.now()
    const found = search({ scope, onProgress: (so) => say(`${scope}: ${grouped(so)} states ...`) })
    tally.add(found.tally)
    states += found.states
    transitions += found.transitions
    print(
      `${scope.padEnd(9)} ${grouped(found.states).padStart(10)} states ` +
        `${grouped(found.transitions).padStart(11)} transitions ${seconds(started).padStart(7)} s`,
    )
    if (found.breach !== undefined) return tellBreach(found.breach, '--exhaustive')
  }
  report(tally)
  print(`\n${grouped(states)} states, ${grouped(transitions)} transitions: every invariant holds`)
}

/** Random schedules. */
function random({ runs, seed, path, processes }: ModelOptions): void {
  say(`seed ${seed}, ${grouped(runs)} schedules`)
  const started = performance.now()
  const found = explore({
    runs,
    seed,
    ...(path === undefined ? {} : { path }),
    ...(processes === undefined ? {} : { processes }),
    onProgress: (so) => say(`${grouped(so)} schedules, ${seconds(started)} s`),
  })
  report(found.tally)
  print(
    `\n${grouped(found.schedules)} schedules, ${grouped(found.events)} events, ${seconds(started)} s, seed ${seed}`,
  )
  if (found.breach === undefined) return print('every invariant holds')
  const narrowed = processes === undefined ? '' : ` --processes ${processes}`
  tellBreach(found.breach, `--seed ${seed} --path ${found.breach.path}${narrowed}`)
}

function tellBreach({ invariant, reason, trace }: Breach, again: string): void {
  print(`\n${invariant} is broken: ${reason}\n`)
  for (const line of trace) print(line)
  print(`\nto see it again: npm run model -- ${again}`)
  process.exitCode = 1
}

function report(tally: Tally): void {
  print('\nchecked')
  list(tally.checks)
  print('\nevents')
  list(tally.events)
  print('\nanswers of the store')
  list(tally.answers)
  print('\nends of calls')
  list(tally.ends)
}

function list(counts: ReadonlyMap<string, number>): void {
  for (const [name, count] of [...counts].toSorted(([, one], [, other]) => other - one)) {
    print(`  ${name.padEnd(22)} ${grouped(count).padStart(13)}`)
  }
}

function optionsOrExit(): ModelOptions | undefined {
  try {
    return parseModelOptions(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof Error)) throw error
    process.stderr.write(`model: ${error.message}\n\n${MODEL_USAGE}`)
    process.exitCode = 1
    return undefined
  }
}

function seconds(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1)
}

function grouped(number: number): string {
  return number.toLocaleString('en')
}

function say(line: string): void {
  process.stderr.write(`model: ${line}\n`)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
