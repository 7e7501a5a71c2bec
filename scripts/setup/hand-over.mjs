import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, dirname } from 'node:path'

/**
 * Goes on as another Node program: same terminal, signals passed on, and its end is ours.
 * @param {string} node path of the Node program
 * @param {string[]} args
 * @param {string} cwd
 */
export function handOver(node, args, cwd) {
  const child = spawn(node, args, {
    cwd,
    stdio: 'inherit',
    // So that what it starts as `node` is this one too.
    env: { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) },
  })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both of us; twice would mean "at once, without cleaning up".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.once('error', (error) => {
    process.stderr.write(`${node} did not start: ${error.message}\n`)
    process.exitCode = 1
  })
  child.once('exit', (code, signal) => {
    process.exit(code ?? 128 + constants.signals[signal ?? 'SIGKILL'])
  })
}
