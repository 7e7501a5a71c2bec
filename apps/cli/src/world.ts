import type { Once, OnceConfig } from '@oncekit/once'

import type { Output } from './terminal/output.ts'

/** Everything outside of the program that a command touches. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  /** The user's home folder. */
  readonly home: string
  readonly stdout: Output
  readonly stderr: Output
  /** Wall time in ms since 1970. */
  now(): number
  open(settings: Partial<OnceConfig>): Promise<Once>
  /** Takes the signals over until the answer is called. */
  onSignal(
    signals: readonly NodeJS.Signals[],
    listener: (signal: NodeJS.Signals) => void,
  ): () => void
}
