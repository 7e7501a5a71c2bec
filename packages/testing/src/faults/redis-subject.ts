import { type RedisServer, startRedis } from '../redis-server.ts'
import { type TcpProxy, startTcpProxy } from '../tcp-proxy.ts'
import { redisCommand } from './redis-command.ts'

/** A Redis server that is there to be harmed, behind an address that stays. */
export class RedisSubject implements AsyncDisposable {
  readonly proxy: TcpProxy
  #server: RedisServer

  private constructor(server: RedisServer, proxy: TcpProxy) {
    this.#server = server
    this.proxy = proxy
  }

  static async start(): Promise<RedisSubject> {
    const server = await startRedis({ aof: 'always' })
    return new RedisSubject(server, await startTcpProxy(server.port))
  }

  /** By way of the proxy. */
  get url(): string {
    return `redis://127.0.0.1:${this.proxy.port}`
  }

  get server(): RedisServer {
    return this.#server
  }

  /** Past the proxy. */
  command(...words: string[]): Promise<string> {
    return redisCommand(this.#server.port, words)
  }

  /** Lets clients find another server at the same address, and ends the one before. */
  async replaceBy(server: RedisServer): Promise<void> {
    const before = this.#server
    this.#server = server
    this.proxy.retarget(server.port)
    await before.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.close()
    await this.#server.stop()
  }
}
