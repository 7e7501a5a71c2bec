import type { Failed } from './worker-process.ts'

/** The worker's side of a {@link WorkerProcess}: answers each order, until the one who gives them leaves. */
export function obey(
  act: (order: unknown) => Promise<object>,
  close: () => PromiseLike<void>,
): void {
  process.on('message', (order: unknown) => {
    void act(order).then(
      (answer) => process.send?.(answer),
      (error: unknown) => process.send?.({ failed: describe(error) } satisfies Failed),
    )
  })
  process.on('disconnect', () => void close())
  process.send?.({ ready: true })
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
