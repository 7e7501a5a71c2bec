import type { Breach } from '@oncekit/once/model'

/** A breach as whoever runs into it wants to read it; nothing when there is none. */
export function saidOf(breach: (Breach & { readonly path?: string }) | undefined): string {
  if (breach === undefined) return ''
  const { invariant, reason, trace, path } = breach
  return [`${invariant}: ${reason}`, ...trace, path === undefined ? '' : `path ${path}`].join('\n')
}
