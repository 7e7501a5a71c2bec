import type { CommandSpec } from '../arguments/spec.ts'
import { clear } from './clear.ts'
import { exec } from './exec.ts'
import { get } from './get.ts'
import { ls } from './ls.ts'
import { watch } from './watch.ts'

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [exec, get, ls, watch, clear]
