import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** What a worker says when something went wrong. */
export interface Failed {
  readonly failed: string
}

/** A program in a process of its own that is asked one thing at a time. */
export class WorkerProcess<Order extends object, Answer extends object> implements AsyncDisposable {
  readonly #name: string
  readonly #process: ChildProcess

  private constructor(name: string, process: ChildProcess) {
    this.#name = name
    this.#process = process
  }

  /** Resolves when the program has said for the first time that it is there. */
  static async start<Order extends object, Answer extends object>(
    program: URL,
    { name, args, execArgv = [] }: StartOptions,
  ): Promise<WorkerProcess<Order, Answer>> {
    const process = fork(fileURLToPath(program), [...args], {
      execArgv: ['--conditions=@oncekit/source', ...execArgv],
    })
    const worker = new WorkerProcess<Order, Answer>(name, process)
    await worker.#answer()
    return worker
  }

  /** @throws Error with what the program said went wrong, or that it has ended */
  ask(order: Order): Promise<Answer> {
    const answer = this.#answer()
    this.#process.send(order)
    return answer
  }

  /** The program closes what it opened; one that cannot is ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return
    const ended = once(this.#process, 'exit')
    this.#process.disconnect()
    await Promise.race([ended, sleep(CLOSE_MS, undefined, { ref: false })])
    if (!this.#hasEnded) this.#process.kill('SIGKILL')
    await ended
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  /** What the program says next; when it ends instead, it will never say anything. */
  async #answer(): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer | Failed>()
    const ended = (code: number | null): void =>
      reject(new Error(`the process of ${this.#name} ended with code ${code ?? 'none'}`))
    this.#process.once('message', resolve)
    this.#process.once('exit', ended)
    try {
      const answer = await promise
      if ('failed' in answer) throw new Error(`${this.#name}: ${answer.failed}`)
      return answer
    } finally {
      this.#process.off('message', resolve)
      this.#process.off('exit', ended)
    }
  }
}

interface StartOptions {
  /** For messages. */
  readonly name: string
  readonly args: readonly string[]
  /** Options of Node. */
  readonly execArgv?: readonly string[]
}

const CLOSE_MS = 5000
