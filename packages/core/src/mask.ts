/**
 * A copy of `value` that may be shown: what stands at a secret-looking path and the credentials in
 * URLs are replaced, and what is not plain data becomes its class name.
 */
export function masked(value: unknown, path: string, depth = 0): unknown {
  if (isSecret(value, path)) return mask
  if (typeof value === 'string') {
    return value.length > longestText ? `[text of ${value.length}]` : withoutCredentials(value)
  }
  if (typeof value === 'function') return `[function ${value.name}]`
  if (typeof value !== 'object' || value === null) return value
  if (depth === deepest) return Array.isArray(value) ? '[list]' : '[object]'
  if (Array.isArray(value)) {
    const shown = value.slice(0, longest).map((item) => masked(item, path, depth + 1))
    return value.length > longest ? [...shown, `… ${value.length - longest} more`] : shown
  }
  if (!isPlainObject(value)) return `[${value.constructor?.name ?? 'object'}]`
  const entries = Object.keys(value).map((key) => [
    key,
    masked(value[key], path === '' ? key : `${path}.${key}`, depth + 1),
  ])
  return Object.fromEntries(entries)
}

/** Text without the credentials of the URLs in it. Rather hides too much than too little. */
export function withoutCredentials(text: string): string {
  return text
    .replace(userInfo, `$1${mask}@`)
    .replace(bareUserInfo, `$1${mask}@`)
    .replace(secretParameter, `$1${mask}`)
}

/** Made by a literal or by `Object.create(null)`: data rather than a live object. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const mask = '[masked]'
const deepest = 3
const longest = 10
// Text this long is shown by its length alone, so that the patterns below stay cheap.
const longestText = 2000

const secretName = /password|passphrase|secret|token|credential/i
// A password may hold any character, unescaped by mistake: up to the last @, over spaces and slashes.
const userInfo = /(:\/\/).*@/gs
// The same in an address whose scheme was forgotten: `user:password@host`.
const bareUserInfo = /(?<=^|[\s"'])([^\s"'/@:]*:)[^\s/][^\s]*@/g
const secretParameter = /([?&;][^=&;]*(?:pass|secret|token|key|credential)[^=&;]*=)[^&#;\s]*/gi

function isSecret(value: unknown, path: string): boolean {
  if (value === undefined || value === null) return false
  if (secretName.test(path)) return true
  // A number or a flag is no key: `maxKeyLength` may be shown.
  return /key/i.test(path) && typeof value !== 'number' && typeof value !== 'boolean'
}
