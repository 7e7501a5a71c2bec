import { OnceError } from '../../errors.ts'
import { escapePart, splitStorageKey, storageKeyIn } from '../../key.ts'

/**
 * What a record is filed under: `prefix}suffix`. The storage key without its bucket, which would keep neighbours apart;
 * an escaped prefix holds no brace, so no prefix reaches into another.
 */
export function nameOf(storageKey: string): string {
  const parts = splitStorageKey(storageKey)
  if (parts === undefined) {
    throw new OnceError(
      'ONCE_INVALID_KEY',
      `"${storageKey}" is not a storage key; make it with storageKey()`,
    )
  }
  return `${parts.prefix}}${parts.suffix}`
}

export function storageKeyOf(name: string): string {
  const end = name.indexOf('}')
  return storageKeyIn(name.slice(0, end), name.slice(end + 1))
}

/** What the names of a prefix's records begin with. */
export function nameBeginning(prefix: string, suffixPrefix: string): string {
  return `${escapePart(prefix)}}${suffixPrefix}`
}
