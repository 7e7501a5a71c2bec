import { ENGINE_MUTANTS } from './list/engine.ts'
import { MACHINE_MUTANTS } from './list/machine.ts'
import { MEMORY_MUTANTS } from './list/memory.ts'
import { RECORD_MUTANTS } from './list/record.ts'
import { REDIS_MUTANTS } from './list/redis.ts'
import { SQLITE_MUTANTS } from './list/sqlite.ts'
import type { Mutant } from './mutant.ts'

/** Every guard that is taken out. */
export const MUTANTS: readonly Mutant[] = [
  ...MACHINE_MUTANTS,
  ...ENGINE_MUTANTS,
  ...RECORD_MUTANTS,
  ...MEMORY_MUTANTS,
  ...SQLITE_MUTANTS,
  ...REDIS_MUTANTS,
]
