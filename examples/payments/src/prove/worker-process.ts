import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ChargeAnswer, ChargeRequest } from './bank.ts'
import type { FromWorker, PayAnswer, PayRequest, ToWorker, WorkerSettings } from './messages.ts'

/** What a worker asks of the process that started it. */
export interface WorkerEvents {
  charge(worker: WorkerProcess, request: ChargeRequest): Promise<ChargeAnswer>
  takeover(key: string): void
  failedRun(key: string): void
  /** It ended, and nobody killed it. */
  died(error: Error): void
}

/** A service in a process of its own, to be asked and to be killed. */
export class WorkerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #events: WorkerEvents
  readonly #open = new Map<number, (answer: PayAnswer | 'lost') => void>()
  readonly #ready = Promise.withResolvers<void>()
  readonly #gone = Promise.withResolvers<void>()
  #requests = 0
  #errors = ''
  #state: 'starting' | 'up' | 'killed' | 'gone' = 'starting'

  constructor(settings: WorkerSettings, events: WorkerEvents) {
    this.#events = events
    this.#child = fork(
      fileURLToPath(import.meta.resolve('./worker.ts')),
      [JSON.stringify(settings)],
      {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    )
    this.#child.on('message', (message: FromWorker) => this.#receive(message))
    this.#child.on('exit', (code) => this.#ended(`exit code ${code}`))
    this.#child.on('error', (error) => {
      // Any other is about a message to a process that has just died.
      if (this.#child.pid === undefined) this.#ended(error.message)
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-ERRORS_KEPT)
    })
    this.#ready.promise.catch(() => {})
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isUp(): boolean {
    return this.#state === 'up'
  }

  /** Resolves when it takes requests. */
  ready(): Promise<void> {
    return this.#ready.promise
  }

  /** `lost`: it was killed before it answered. */
  pay(request: PayRequest): Promise<PayAnswer | 'lost'> {
    if (!this.isUp) return Promise.resolve('lost')
    const id = ++this.#requests
    return new Promise((resolve) => {
      this.#open.set(id, resolve)
      this.#send({ type: 'pay', id, request })
    })
  }

  /** By SIGKILL: it does nothing more, from now on. */
  kill(): void {
    if (this.#state === 'gone') return
    this.#state = 'killed'
    this.#child.kill('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill()
    await this.#gone.promise
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        if (this.#state === 'starting') this.#state = 'up'
        return this.#ready.resolve()
      case 'failed':
        return this.#ready.reject(new Error(message.message))
      case 'answer':
        this.#open.get(message.id)?.(message.answer)
        this.#open.delete(message.id)
        return
      case 'takeover':
        return this.#events.takeover(message.key)
      case 'failed-run':
        return this.#events.failedRun(message.key)
      case 'charge': {
        const { id, request } = message
        void this.#events
          .charge(this, request)
          .then((answer) => this.#send({ type: 'charge-answer', id, answer }))
        return
      }
      default:
        message satisfies never
    }
  }

  #send(message: ToWorker): void {
    if (this.#state === 'up' && this.#child.connected) this.#child.send(message, () => {})
  }

  #ended(how: string): void {
    const wasKilled = this.#state === 'killed'
    this.#state = 'gone'
    for (const resolve of this.#open.values()) resolve('lost')
    this.#open.clear()
    this.#gone.resolve()
    if (wasKilled) return
    const error = new Error(`a worker ended by itself (${how}) ${this.#errors.trim()}`)
    this.#ready.reject(error)
    this.#events.died(error)
  }
}

const ERRORS_KEPT = 2_000
