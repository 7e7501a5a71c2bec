import { isPlainObject } from './mask.ts'

/** Some fields of a config, at any depth. What environment variables or a file hold. */
export type ConfigPatch<Config> = {
  readonly [Field in keyof Config]?: FieldPatch<Config[Field]>
}

// Lists, functions and live objects (whatever has a method) are given whole or not at all.
type FieldPatch<Value> = Value extends readonly unknown[] | ((...args: never) => unknown)
  ? Value
  : Value extends object
    ? Extract<Value[keyof Value], (...args: never) => unknown> extends never
      ? ConfigPatch<Value>
      : Value
    : Value

/**
 * `base` with the fields of `patch` put over it: nested objects field by field, everything else
 * (lists too) as a whole. `undefined` in the patch changes nothing. Neither argument is changed.
 *
 * @example
 * ```ts
 * import { mergeConfig } from '@oncekit/core'
 *
 * const defaults = { ttl: '24h', retry: { limit: 3, factor: 2 } }
 * mergeConfig(defaults, { retry: { limit: 5 } }) // { ttl: '24h', retry: { limit: 5, factor: 2 } }
 * ```
 */
export function mergeConfig<Config extends object>(
  base: Config,
  patch: ConfigPatch<NoInfer<Config>>,
): Config {
  // The merge keeps every field of `base` and takes from `patch` only values of the field's type.
  return merged(base, patch) as Config
}

function merged(base: unknown, patch: unknown): unknown {
  if (patch === undefined) return base
  if (!isPlainObject(base) || !isPlainObject(patch)) return patch
  const fields = new Map<string, unknown>(Object.entries(base))
  for (const [name, value] of Object.entries(patch)) {
    fields.set(name, merged(fields.get(name), value))
  }
  return Object.fromEntries(fields)
}
