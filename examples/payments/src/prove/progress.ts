import type { ProofState } from './prove.ts'

/** Tells on stderr how far it is, each second: one line that changes on a terminal, else one line after the other. */
export function showProgress(
  state: ProofState,
  stream: NodeJS.WriteStream = process.stderr,
): Disposable {
  const startedMs = performance.now()
  const erase = stream.isTTY ? '\r\u001B[2K' : ''
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startedMs) / 1000)
    stream.write(`${erase}${line(state, seconds)}${stream.isTTY ? '' : '\n'}`)
  }, 1_000)
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer)
      stream.write(erase)
    },
  }
}

function line({ payments, requests, kills, takeovers }: ProofState, seconds: number): string {
  return `${seconds} s: ${payments.done} of ${payments.planned} payments, ${requests.sent} requests, ${kills.length} killed, ${takeovers} takeovers`
}
