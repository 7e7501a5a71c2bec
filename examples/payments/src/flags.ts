import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'

type Flags<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T }>
>['values']

/** @throws Error that names the option that is wrong, and where the right ones are listed */
export function readFlags<const T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: T,
  help: string,
): Flags<T> {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    // Node's second sentence is about arguments that begin with a dash; there are none here.
    const told = error instanceof Error ? error.message.split(/\. |\n/)[0] : String(error)
    throw new Error(`${told}; see ${help}`, { cause: error })
  }
}

export function wholeNumber(
  name: string,
  text: string,
  [min, max]: readonly [number, number],
): number {
  const number = Number(text)
  if (/^\d{1,10}$/.test(text) && number >= min && number <= max) return number
  throw new Error(`${name}: expected a whole number from ${min} to ${max}, got "${text}"`)
}
