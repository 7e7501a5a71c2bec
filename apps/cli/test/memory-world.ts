import type { Once, OnceConfig } from '@oncekit/once'

import type { Output } from '../src/terminal/output.ts'
import type { World } from '../src/world.ts'

/** A world without a process: what is written is kept, signals are sent by hand. */
export interface MemoryWorld extends World {
  readonly out: () => string
  readonly err: () => string
  /** Sends a signal to whoever listens. */
  send(signal: NodeJS.Signals): void
  readonly listeners: () => number
}

export interface MemoryWorldOptions {
  readonly env?: World['env']
  readonly platform?: NodeJS.Platform
  readonly isTerminal?: boolean
  readonly open?: (settings: Partial<OnceConfig>) => Promise<Once>
}

export function memoryWorld(options: MemoryWorldOptions = {}): MemoryWorld {
  const [out, err] = [memoryOutput(options.isTerminal), memoryOutput(options.isTerminal)]
  const listeners = new Set<{
    signals: readonly string[]
    listener: (signal: NodeJS.Signals) => void
  }>()
  return {
    env: options.env ?? {},
    platform: options.platform ?? 'linux',
    home: '/home/ada',
    stdout: out,
    stderr: err,
    now: () => Date.UTC(2026, 10, 21, 12),
    open: options.open ?? (() => Promise.reject(new Error('no store in this test'))),
    onSignal(signals, listener) {
      const entry = { signals, listener }
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    out: out.text,
    err: err.text,
    send(signal) {
      for (const entry of listeners) if (entry.signals.includes(signal)) entry.listener(signal)
    },
    listeners: () => listeners.size,
  }
}

function memoryOutput(isTerminal = false): Output & { readonly text: () => string } {
  const chunks: Buffer[] = []
  return {
    isTerminal,
    size: { columns: 100, rows: 24 },
    closed: false,
    write(data) {
      chunks.push(Buffer.from(data))
      return Promise.resolve()
    },
    text: () => Buffer.concat(chunks).toString(),
  }
}
