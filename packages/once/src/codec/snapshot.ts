import type { Step } from './place.ts'
import { Unencodable, whatStopped } from './unencodable.ts'

/** An object's own enumerable fields as plain data. */
export type Fields = Record<string, unknown>

/**
 * Reads every field of `value` once, so that getters and proxies cannot answer differently to a
 * later look. A getter that throws is named on `path`.
 */
export function snapshotOf(value: object, path: Step[]): Fields {
  try {
    // Much quicker than a spread when many shapes pass by, but it would obey a field `__proto__`.
    if (!Object.hasOwn(value, '__proto__')) return Object.assign<Fields, object>({}, value)
    return { ...value }
  } catch (thrown) {
    const getter = onlyGetterOf(value)
    if (getter !== undefined) path.push(getter)
    throw new Unencodable(whatStopped(thrown), { cause: thrown })
  }
}

function onlyGetterOf(value: object): string | undefined {
  try {
    const fields = Object.entries(Object.getOwnPropertyDescriptors(value))
    const getters = fields.filter(([, field]) => field.enumerable && field.get !== undefined)
    return getters.length === 1 ? getters[0]?.[0] : undefined
  } catch {
    return undefined
  }
}
