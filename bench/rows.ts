import type { Comparison, Target } from './harness/comparison.ts'
import type { RowName } from './options.ts'

/** Rows that compare; the others count. */
type ComparedRow = Exclude<RowName, 'records' | 'duplicates' | 'heap'>
type Facts = Omit<Comparison, 'name' | 'work' | 'callers'>
type Targets = Pick<Comparison, 'speed' | 'cpu'>

/** Rows that compare ours with others at the same work, by the name they are asked for with. */
export const comparisons: Readonly<Record<ComparedRow, readonly Comparison[]>> = {
  fresh: [
    onRedis('fresh', 1, { speed: more(0.9, 1) }),
    onRedis('fresh', 32, { speed: more(0.85, 1.2) }),
    onRedis('fresh', 256, { speed: more(1.4, 2), cpu: less(0.5, 1 / 3) }),
  ],
  payload: [onRedis('payload', 32), onRedis('payload', 256)],
  replay: [
    onRedis('replay', 1, { speed: more(0.75, 0.9) }),
    onRedis('replay', 32, { speed: more(0.8, 1) }),
    onRedis('replay', 256, { speed: more(1.1, 1.5) }),
  ],
  memory: [
    inMemory('fresh', 1, { speed: more(0.12, 0.25) }),
    inMemory('fresh', 256, { speed: more(0.12, 0.25) }),
    inMemory('replay', 1),
  ],
  sqlite: [
    onSqlite('disk', 1),
    onSqlite('disk', 32),
    onSqlite('disk', 256),
    onSqlite('memory', 256),
  ],
  ports: [
    ...[1, 32, 256].map((callers) => onPort('claim', 'claim 1', callers)),
    ...[1, 32, 256].map((callers) => onPort('read', 'replay', callers)),
    ...[1, 16, 64].map((keys) => onPort(`claim of ${keys} a call`, `claim ${keys}`, 8)),
  ],
}

function onRedis(
  work: 'fresh' | 'payload' | 'replay',
  callers: number,
  targets?: Targets,
): Comparison {
  return row(work === 'payload' ? 'fresh with a payload' : work, work, callers, {
    ours: 'once',
    rivals: ['ioredis', 'ioredis auto-pipelined', 'node-redis'],
    // Tells what of it is the engine's.
    beside: work === 'payload' ? [] : ['Redis store'],
    redis: work === 'replay' ? 'kept' : 'emptied',
    ...targets,
  })
}

function inMemory(work: 'fresh' | 'replay', callers: number, targets?: Targets): Comparison {
  return row(`memory ${work}`, work, callers, {
    ours: 'once in memory',
    rivals: ['Map of promises'],
    ...targets,
  })
}

function onSqlite(where: 'disk' | 'memory', callers: number): Comparison {
  return row(`SQLite fresh, file ${where === 'disk' ? 'on disk' : 'in memory'}`, where, callers, {
    ours: 'once on SQLite',
    rivals: ['node:sqlite'],
    beside: ['SQLite store'],
    speed: more(0.6, 0.9),
  })
}

function onPort(name: string, work: string, callers: number): Comparison {
  return row(name, work, callers, {
    ours: 'port over ioredis',
    rivals: ['ioredis', 'node-redis'],
    beside: ['port over node-redis'],
    redis: work === 'replay' ? 'kept' : 'emptied',
  })
}

function row(name: string, work: string, callers: number, facts: Facts): Comparison {
  return {
    name: `${name}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
    work,
    callers,
    ...facts,
  }
}

function more(atLeast: number, reachFor: number): Target {
  return { atLeast, reachFor, better: 'more' }
}

function less(atLeast: number, reachFor: number): Target {
  return { atLeast, reachFor, better: 'less' }
}
