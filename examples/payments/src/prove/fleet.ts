import type { PayAnswer, PayRequest, WorkerSettings } from './messages.ts'
import { WorkerProcess } from './worker-process.ts'
import type { WorkerEvents } from './worker-process.ts'

/** So many workers; one that was killed is replaced, as a supervisor would. */
export class Fleet implements AsyncDisposable {
  readonly #settings: WorkerSettings
  readonly #events: WorkerEvents
  readonly #workers: WorkerProcess[]

  private constructor(size: number, settings: WorkerSettings, events: WorkerEvents) {
    this.#settings = settings
    this.#events = events
    this.#workers = Array.from({ length: size }, () => new WorkerProcess(settings, events))
  }

  static async start(size: number, settings: WorkerSettings, events: WorkerEvents): Promise<Fleet> {
    const fleet = new Fleet(size, settings, events)
    await using undo = new AsyncDisposableStack()
    undo.use(fleet)
    await Promise.all(fleet.#workers.map((worker) => worker.ready()))
    undo.move()
    return fleet
  }

  /** Asks a worker, counted round from any number; the next one while it is being replaced. */
  pay(worker: number, request: PayRequest): Promise<PayAnswer | 'lost'> {
    const { length } = this.#workers
    for (let step = 0; step < length; step++) {
      const candidate = this.#workers[(worker + step) % length]
      if (candidate?.isUp) return candidate.pay(request)
    }
    return Promise.resolve('lost')
  }

  /** SIGKILL, and another one in its place. */
  kill(worker: WorkerProcess): void {
    worker.kill()
    const place = this.#workers.indexOf(worker)
    if (place === -1) return
    const heir = new WorkerProcess(this.#settings, this.#events)
    this.#workers[place] = heir
    heir.ready().catch((error: unknown) => {
      this.#events.died(error instanceof Error ? error : new Error(String(error)))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker[Symbol.asyncDispose]()))
  }
}
