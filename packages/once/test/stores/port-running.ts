import type { RedisPort } from '@oncekit/redis'

/** The port in all but how it runs scripts. */
export function portRunning(port: RedisPort, run: RedisPort['run']): RedisPort {
  return {
    address: port.address,
    command: (args) => port.command(args),
    subscribe: (channel, listener) => port.subscribe(channel, listener),
    scan: (options) => port.scan(options),
    health: () => port.health(),
    close: () => port.close(),
    [Symbol.asyncDispose]: () => port.close(),
    run,
  }
}
