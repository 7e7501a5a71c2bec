import type { ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'

/**
 * Resolves when the process logs a line that matches; rejects with the end of its log when it ends
 * first or stays quiet for `timeoutMs` (30 seconds). A port that answers would not do: another
 * process may own it. Keeps reading afterwards, so that the pipe never fills.
 */
export function waitForLine(child: ChildProcess, line: RegExp, timeoutMs = 30_000): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    const fail = (why: string): void => {
      reject(new Error(`${child.spawnfile} ${why}: ${log.trim()}`))
    }
    const timer = setTimeout(() => fail(`is not ready after ${timeoutMs} ms`), timeoutMs)
    child.on('error', (error) => fail(error.message))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      fail(`ended with ${code ?? signal}`)
    })
    for (const stream of [child.stdout, child.stderr]) {
      // Neither the process nor its log keeps ours alive.
      if (stream instanceof Socket) stream.unref()
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        log = (log + chunk).slice(-2000)
        if (!line.test(log)) return
        clearTimeout(timer)
        resolve()
      })
    }
    child.unref()
  })
}
