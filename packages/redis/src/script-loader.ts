import type { RedisReply } from './port.ts'
import type { RedisScript } from './script.ts'

/** Gives scripts to a server that lost them: once, however many calls ask for it at a time. */
export class ScriptLoader {
  readonly #send: (args: readonly string[]) => Promise<RedisReply>
  readonly #loading = new Map<string, Promise<void>>()

  constructor(send: (args: readonly string[]) => Promise<RedisReply>) {
    this.#send = send
  }

  load(script: RedisScript): Promise<void> {
    const loading = this.#loading.get(script.sha)
    if (loading !== undefined) return loading
    const started = this.#load(script).finally(() => this.#loading.delete(script.sha))
    this.#loading.set(script.sha, started)
    return started
  }

  async #load(script: RedisScript): Promise<void> {
    await this.#send(['SCRIPT', 'LOAD', script.source])
  }
}
