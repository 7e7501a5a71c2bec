import { homedir } from 'node:os'

import { runCli } from './cli.ts'
import { outputTo } from './terminal/output.ts'

const exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  platform: process.platform,
  home: homedir(),
  stdout: outputTo(process.stdout),
  stderr: outputTo(process.stderr),
  now: () => Date.now(),
  async open(settings) {
    const { Once } = await import('@oncekit/once')
    return Once.create({ ...Once.defaultConfig('production'), ...settings })
  },
  onSignal(signals, listener) {
    for (const signal of signals) process.on(signal, listener)
    return () => {
      for (const signal of signals) process.off(signal, listener)
    }
  },
})
// Whatever a command left in the background must not keep this process: all it had to say is written, and its store is closed.
process.exit(exitCode)
