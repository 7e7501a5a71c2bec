import { crc32 } from './crc32.ts'

/** Number of buckets a prefix is spread over; one bucket is one Redis Cluster slot. Part of the protocol. */
export const BUCKETS = 256

/**
 * The name a record is stored under: `{prefix:NNN}:key`, or `{prefix:NNN}@scope:key` with a scope.
 *
 * NNN is CRC-32 (IEEE) of the UTF-8 bytes of everything after the brace, modulo 256, as three digits. Prefix and scope are escaped,
 * the key comes last and stands as it is, so distinct tuples never share a name.
 */
export function storageKey(prefix: string, key: string, scope?: string): string {
  return storageKeyIn(escapePart(prefix), suffixOf(key, scope))
}

/** {@link storageKey} from its parts: an escaped prefix, and all that follows the brace. */
export function storageKeyIn(escapedPrefix: string, suffix: string): string {
  return `{${escapedPrefix}:${BUCKET_NAMES[crc32(suffix) % BUCKETS]}}${suffix}`
}

/** {@link storageKey} for many keys of one prefix and scope. */
export class Namespace {
  /** All that stands before the key, by bucket. */
  readonly #heads: readonly string[]
  /** The checksum begins with what stands between brace and key. */
  readonly #seed: number

  constructor(prefix: string, scope?: string) {
    const escaped = escapePart(prefix)
    const begin = suffixOf('', scope)
    this.#heads = BUCKET_NAMES.map((bucket) => `{${escaped}:${bucket}}${begin}`)
    this.#seed = crc32(begin)
  }

  /** CRC-32 of all that follows the brace. */
  hash(key: string): number {
    return crc32(key, this.#seed)
  }

  storageKey(key: string, hash: number = this.hash(key)): string {
    return (this.#heads[hash % BUCKETS] ?? '') + key
  }
}

/** What follows the brace: the scope, when there is one, and the key. */
export function suffixOf(key: string, scope?: string): string {
  return scope === undefined ? `:${key}` : `@${escapePart(scope)}:${key}`
}

export interface KeyParts {
  /** Escaped prefix, as it stands between the braces. */
  readonly prefix: string
  /** `:key` or `@scope:key`. */
  readonly suffix: string
}

/** Takes a storage key apart; `undefined` when the text is not one. */
export function splitStorageKey(text: string): KeyParts | undefined {
  const end = text.indexOf('}')
  if (text[0] !== '{' || end < 6 || text[end - 4] !== ':') return undefined
  const suffix = text.slice(end + 1)
  if (suffix[0] !== ':' && suffix[0] !== '@') return undefined
  return { prefix: text.slice(1, end - 4), suffix }
}

/** The caller's key and scope back from a suffix. */
export function parseSuffix(suffix: string): { readonly key: string; readonly scope?: string } {
  if (suffix[0] === ':') return { key: suffix.slice(1) }
  const colon = suffix.indexOf(':')
  return { key: suffix.slice(colon + 1), scope: decodeURIComponent(suffix.slice(1, colon)) }
}

/** Percent-encodes what has a meaning in a storage key, so that no prefix or scope can reach into another. */
export function escapePart(part: string): string {
  return part.replace(/[%{}:@]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

const BUCKET_NAMES: readonly string[] = Array.from({ length: BUCKETS }, (_, bucket) =>
  String(bucket).padStart(3, '0'),
)
