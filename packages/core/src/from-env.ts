import type { z } from 'zod'
import { ConfigError } from './config-error.ts'
import type { ConfigIssue } from './config-error.ts'
import { valueFromText } from './env-value.ts'
import { isPlainObject, masked } from './mask.ts'
import type { ConfigPatch } from './merge-config.ts'
import { nearest } from './nearest.ts'
import { shapeOf } from './shape.ts'
import type { Shape } from './shape.ts'

/**
 * Reads a component's config from variables named `ONCEKIT_<COMPONENT>_<FIELD>`: `storeTimeout` of
 * `once` is `ONCEKIT_ONCE_STORE_TIMEOUT`, the field `retry.limit` is `ONCEKIT_ONCE_RETRY_LIMIT` (or,
 * should a flat field claim that name, `ONCEKIT_ONCE_RETRY__LIMIT`). Text becomes what the schema
 * asks for: numbers, `true` and `false`, JSON for lists and objects. An empty variable counts as
 * unset. Lay the result over the defaults with {@link mergeConfig}.
 *
 * @example
 * ```ts
 * import { fromEnv, mergeConfig } from '@oncekit/core'
 * import { z } from 'zod'
 *
 * const Mailer = { name: 'mailer', schema: z.strictObject({ host: z.string(), port: z.int() }) }
 * const config = mergeConfig({ host: 'localhost', port: 25 }, fromEnv(Mailer))
 * ```
 *
 * @param env - Default `process.env`.
 * @throws {@link ConfigError} naming each variable with the component's prefix that is no field of
 * it, or whose text cannot be what the field needs. Ranges are checked by `create`.
 */
export function fromEnv<Config extends object>(
  component: { readonly name: string; readonly schema: z.ZodType<Config> },
  env: Readonly<Record<string, string | undefined>> = process.env,
): ConfigPatch<Config> {
  const prefix = `ONCEKIT_${snake(component.name)}_`
  const variables = variablesOf(shapeOf(component.schema), prefix)
  const issues: ConfigIssue[] = []
  const found = new Map<Variable, unknown>()

  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(prefix) || text === undefined || text === '') continue
    const variable = variables.get(name)
    if (variable === undefined) {
      issues.push(unknownVariable(name, text, [...variables.keys()]))
      continue
    }
    const { value, expected } = valueFromText(text, variable.shape)
    if (expected !== undefined) issues.push({ path: name, value: text, message: expected })
    else if (found.has(variable)) issues.push(setTwice(name, text, variable))
    else found.set(variable, value)
  }
  if (issues.length > 0) throw new ConfigError(`Invalid environment of ${component.name}`, issues)
  return patchOf(found)
}

interface Variable {
  readonly path: readonly string[]
  readonly shape: Shape
}

function variablesOf(shape: Shape, prefix: string): ReadonlyMap<string, Variable> {
  const variables = new Map<string, Variable>()
  // Outer fields come first and so keep their name when a nested one would spell the same.
  for (const variable of variablesUnder({ path: [], shape })) {
    const words = variable.path.map(snake)
    for (const name of [prefix + words.join('_'), prefix + words.join('__')]) {
      if (!variables.has(name)) variables.set(name, variable)
    }
  }
  return variables
}

function variablesUnder({ path, shape }: Variable): Variable[] {
  const own = [...shape.fields].map(([name, field]) => ({ path: [...path, name], shape: field }))
  return [...own, ...own.flatMap(variablesUnder)]
}

function unknownVariable(name: string, text: string, known: readonly string[]): ConfigIssue {
  const guess = nearest(name, known)
  return {
    path: name,
    // Judged by the name that was meant too: a misspelt PASSWORD is as secret.
    value: masked(text, `${name} ${guess}`),
    message: `unknown variable${guess === undefined ? `; known: ${known.join(', ')}` : `, did you mean ${guess}?`}`,
  }
}

function setTwice(name: string, text: string, { path }: Variable): ConfigIssue {
  return { path: name, value: text, message: `another variable sets ${path.join('.')} already` }
}

function patchOf<Config>(found: ReadonlyMap<Variable, unknown>): ConfigPatch<Config> {
  const patch: Record<string, unknown> = {}
  // Outer fields first: RETRY_LIMIT refines what a RETRY of JSON said.
  const outerFirst = [...found].toSorted(([a], [b]) => a.path.length - b.path.length)
  for (const [{ path }, value] of outerFirst) put(patch, path, value)
  // Built along the schema's own fields; the values themselves are parsed by `create`.
  return patch as ConfigPatch<Config>
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [field = '', ...rest] = path
  if (rest.length === 0) {
    target[field] = value
    return
  }
  const inner = target[field]
  const object = isPlainObject(inner) ? inner : {}
  target[field] = object
  put(object, rest, value)
}

/** `storeTimeout` and `store-timeout` are both `STORE_TIMEOUT`. */
function snake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toUpperCase()
}
