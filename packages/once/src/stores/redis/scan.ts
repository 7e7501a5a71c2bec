import type { ScanOptions } from '@oncekit/redis'

import { escapePart, splitStorageKey } from '../../key.ts'
import type { ScanRequest } from '../../store.ts'

export function scanOptions({ prefix, suffixPrefix, cursor, limit }: ScanRequest): ScanOptions {
  return {
    match: `{${escapeGlob(escapePart(prefix))}:???}${escapeGlob(suffixPrefix)}*`,
    count: limit ?? 256,
    ...(cursor === undefined ? {} : { cursor }),
  }
}

/** The storage keys of a page, each once, without what merely looks alike. */
export function keysOf(page: readonly Buffer[], request: ScanRequest): string[] {
  const prefix = escapePart(request.prefix)
  const keys = new Set<string>()
  for (const bytes of page) {
    const key = bytes.toString()
    const parts = splitStorageKey(key)
    if (parts?.prefix !== prefix || !parts.suffix.startsWith(request.suffixPrefix)) continue
    keys.add(key)
  }
  return [...keys]
}

/** A text as a glob pattern that matches it alone. */
export function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\^-]/g, '\\$&')
}
