import { constants } from 'node:os'
import { stopSignal } from '../stop-signal.ts'
import { proofUsage, readProofOptions } from './options.ts'
import { showProgress } from './progress.ts'
import { prove } from './prove.ts'
import { introduction, report, reportJson } from './report.ts'

/** Carries the proof out, prints it, and gives the exit code: 0 proven, 1 not, 2 could not be tried. */
export async function runProof(args: readonly string[]): Promise<number> {
  const stop = new AbortController()
  let interrupted: NodeJS.Signals | undefined
  void stopSignal().then((signal) => {
    interrupted = signal
    stop.abort(new Error(`stopped by ${signal}`))
  })
  try {
    const options = readProofOptions(args)
    if (options === 'help') {
      console.log(proofUsage)
      return 0
    }
    await using closing = new AsyncDisposableStack()
    const result = await prove(options, {
      signal: stop.signal,
      opened(place) {
        if (!options.json) console.log(introduction(options, place))
      },
      begins: (state) => void closing.use(showProgress(state)),
    })
    await closing.disposeAsync()
    process.stdout.write(options.json ? reportJson(result, options) : report(result, options))
    return result.violations.length === 0 ? 0 : 1
  } catch (error) {
    console.error(`payments: ${error instanceof Error ? error.message : String(error)}`)
    return interrupted === undefined ? 2 : 128 + constants.signals[interrupted]
  }
}
