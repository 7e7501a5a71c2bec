/** A stream to write to. A reader that went away is no error: what is written then is dropped. */
export interface Output {
  readonly isTerminal: boolean
  /** Of the terminal, as it is now; what one usually has when it is none. */
  readonly size: { readonly columns: number; readonly rows: number }
  /** The reader is gone. */
  readonly closed: boolean
  /** Resolves when the bytes were taken. */
  write(data: string | Uint8Array): Promise<void>
}

/** Standard output or standard error as an {@link Output}. */
export function outputTo(stream: NodeJS.WriteStream): Output {
  let closed = false
  // Whoever reads us may leave early (`once ls | head`).
  stream.on('error', () => {
    closed = true
  })
  return {
    isTerminal: stream.isTTY ?? false,
    get size() {
      return { columns: stream.columns || 80, rows: stream.rows || 24 }
    },
    get closed() {
      return closed
    },
    write(data) {
      if (closed || data.length === 0) return Promise.resolve()
      return new Promise((resolve) => {
        stream.write(data, (error) => {
          if (error) closed = true
          resolve()
        })
      })
    },
  }
}
