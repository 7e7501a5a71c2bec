import type { World } from '../world.ts'
import type { Arguments } from './parse.ts'

/** One option, as the parser and the help text know it. */
export interface OptionSpec {
  /** Long name without dashes. */
  readonly name: string
  /** One letter. */
  readonly short?: string
  /** What stands for the value in the help; without it the option is a flag. */
  readonly value?: string
  readonly help: string
  /** Other names that people try; they are not taken, but lead here. */
  readonly triedAs?: readonly string[]
}

/** One command: its words, and how to load what it does. */
export interface CommandSpec {
  readonly name: string
  readonly summary: string
  /** What follows `once NAME`, one line for each form. */
  readonly usage: readonly string[]
  readonly options: readonly OptionSpec[]
  /** Paragraphs of the help, each with its heading. */
  readonly sections: readonly { readonly title: string; readonly text: string }[]
  /** Exit codes of this command alone, before the common ones. */
  readonly exitCodes: readonly (readonly [code: string, meaning: string])[]
  readonly examples: readonly { readonly line: string; readonly says: string }[]
  /** Loaded when it is run, so that help and mistakes are answered without loading the engine. */
  load(): Promise<(args: Arguments, world: World) => Promise<number>>
}
