export { type Effort, effort } from './effort.ts'
export * from './faults/index.ts'
export { freePort } from './free-port.ts'
export {
  type Charge,
  type ChargeDecision,
  Ledger,
  type LedgerCounts,
  type LedgerOptions,
} from './ledger.ts'
export { ManualClock } from './manual-clock.ts'
export { type RedisServer, type RedisServerOptions, startRedis } from './redis-server.ts'
export { ServerUnavailableError } from './servers/recipe.ts'
export { startTcpProxy, type TcpFault, type TcpProxy } from './tcp-proxy.ts'
