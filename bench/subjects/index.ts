import type { Subject, SubjectOptions } from '../harness/subject.ts'

/** Each process loads only what its subject needs. */
const openers = {
  once: async ({ redisUrl }) => (await import('./once.ts')).onceOn(redisUrl),
  'Redis store': async ({ redisUrl }) => (await import('./store.ts')).redisStore(redisUrl),
  ioredis: async ({ redisUrl }) => (await import('./clients.ts')).ioredis(redisUrl),
  'ioredis auto-pipelined': async ({ redisUrl }) =>
    (await import('./clients.ts')).ioredisAutoPipelined(redisUrl),
  'node-redis': async ({ redisUrl }) => (await import('./clients.ts')).nodeRedis(redisUrl),
  'port over ioredis': async ({ redisUrl }) =>
    (await import('./clients.ts')).port(redisUrl, 'ioredis'),
  'port over node-redis': async ({ redisUrl }) =>
    (await import('./clients.ts')).port(redisUrl, 'redis'),
  'once in memory': async () => (await import('./memory.ts')).onceInMemory(),
  'Map of promises': async () => (await import('./memory.ts')).mapOfPromises(),
  'once on SQLite': async (options) => (await import('./sqlite.ts')).onceOnSqlite(options),
  'SQLite store': async (options) => (await import('./store.ts')).sqliteStore(options),
  'node:sqlite': async (options) => (await import('./sqlite.ts')).rawSqlite(options),
} satisfies Record<string, (options: SubjectOptions) => Promise<Subject>>

export type SubjectName = keyof typeof openers

export function openSubject(name: string, options: SubjectOptions): Promise<Subject> {
  if (!Object.hasOwn(openers, name)) throw new Error(`unknown subject ${name}`)
  return openers[name as SubjectName](options)
}
