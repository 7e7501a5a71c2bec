import { guide } from './src/guide.ts'
import { readOptions, usage } from './src/options.ts'
import type { Options } from './src/options.ts'
import { startService } from './src/service.ts'
import { stopSignal } from './src/stop-signal.ts'

try {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options === 'help') console.log(usage)
  else await run(options)
} catch (error) {
  console.error(`payments: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

async function run(options: Options): Promise<void> {
  await using service = await startService(options)
  console.log(guide(service))
  console.log(`${await stopSignal()}: finishing what has begun`)
}
