import { parseArgs } from 'node:util'

import { UsageError } from '../usage-error.ts'
import { nearest } from './nearest.ts'
import type { OptionSpec } from './spec.ts'

/** A command line taken apart. */
export interface Arguments {
  /** What is neither an option nor behind `--`. */
  readonly positionals: readonly string[]
  /** What stands behind `--`, untouched; `undefined` when there is no `--`. */
  readonly rest: readonly string[] | undefined
  has(flag: string): boolean
  /** The last value given for an option. */
  value(option: string): string | undefined
  /** Every value given for an option, in order. */
  values(option: string): readonly string[]
}

/**
 * Takes `argv` apart by the options of one command.
 *
 * @throws {@link UsageError} for an option that does not exist, lacks its value, or has one too many
 */
export function parseArguments(argv: readonly string[], options: readonly OptionSpec[]): Arguments {
  const end = argv.indexOf('--')
  const { tokens, positionals } = parseArgs({
    args: end === -1 ? [...argv] : argv.slice(0, end),
    options: Object.fromEntries(options.map(nodeOption)),
    // Not strict: node's own complaints name neither the nearest option nor the way out.
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const given = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const option = options.find((known) => known.name === token.name)
    if (option === undefined) throw unknownOption(token.rawName, options)
    const values = given.get(option.name) ?? []
    given.set(option.name, [...values, checkedValue(option, token)])
  }
  return {
    positionals,
    rest: end === -1 ? undefined : argv.slice(end + 1),
    has: (flag) => given.has(flag),
    value: (option) => given.get(option)?.at(-1),
    values: (option) => given.get(option) ?? [],
  }
}

function nodeOption(option: OptionSpec): [string, { type: 'string' | 'boolean'; short?: string }] {
  const type = option.value === undefined ? 'boolean' : 'string'
  return [option.name, option.short === undefined ? { type } : { type, short: option.short }]
}

function checkedValue(
  option: OptionSpec,
  token: {
    readonly rawName: string
    readonly value?: string | undefined
    readonly inlineValue?: boolean | undefined
  },
): string {
  const { rawName, value, inlineValue = false } = token
  if (option.value === undefined) {
    if (value === undefined) return ''
    throw new UsageError(`${rawName} takes no value, got "${value}"`)
  }
  if (value === undefined) {
    throw new UsageError(`${rawName} needs a value`, `write ${rawName} ${option.value}`)
  }
  if (!inlineValue && value.length > 1 && value.startsWith('-')) {
    throw new UsageError(
      `${rawName} needs a value, got the option ${value}`,
      `a value that begins with a dash is written --${option.name}=${value}`,
    )
  }
  return value
}

function unknownOption(rawName: string, options: readonly OptionSpec[]): UsageError {
  const tried = options.find((option) => option.triedAs?.some((name) => rawName === `--${name}`))
  const names = options.map((option) => `--${option.name}`)
  const guess = tried === undefined ? nearest(rawName, names) : `--${tried.name}`
  return new UsageError(
    `unknown option ${rawName}`,
    guess === undefined ? undefined : `did you mean ${guess}?`,
  )
}
