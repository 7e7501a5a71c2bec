/**
 * Resolves to the signal by which this process is asked to stop. Further ones are not heeded: a
 * process group and `npm` each hand on the same one.
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, resolve)
  })
}
