import { guide } from './src/guide.ts'
import { readOptions, usage } from './src/options.ts'
import type { Options } from './src/options.ts'
import { runProof } from './src/prove/main.ts'
import { startService } from './src/service.ts'
import { stopSignal } from './src/stop-signal.ts'

const args = process.argv.slice(2)
process.exitCode = await (args.includes('--prove') ? runProof(args) : runService())

async function runService(): Promise<number> {
  try {
    const options = readOptions(args, process.env)
    if (options === 'help') console.log(usage)
    else await serve(options)
    return 0
  } catch (error) {
    console.error(`payments: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}

async function serve(options: Options): Promise<void> {
  await using service = await startService(options)
  console.log(guide(service))
  console.log(`${await stopSignal()}: finishing what has begun`)
}
