/** Commands are written into pieces of memory of this size; a larger command gets one of its own. */
const slabBytes = 64 * 1024
/** `$4294967295\r\n` and `\r\n`: the most that stands around an argument. */
const aroundArgument = 15
/** No UTF-16 unit takes more than three bytes of UTF-8. */
const maxUtf8PerUnit = 3
const dollar = 0x24
const star = 0x2a
const zero = 0x30

/**
 * Writes commands as RESP one after the other into memory, and hands out in one piece what was written since the last time.
 *
 * What is handed out is never written again: its reader may keep it for as long as it likes.
 */
export class CommandWriter {
  readonly #handOut: (bytes: Buffer) => void
  #slab: Buffer = Buffer.allocUnsafeSlow(slabBytes)
  #from = 0
  #at = 0

  constructor(handOut: (bytes: Buffer) => void) {
    this.#handOut = handOut
  }

  /** Bytes written and not handed out. */
  get waiting(): number {
    return this.#at - this.#from
  }

  add(args: readonly (string | Buffer)[]): void {
    let most = aroundArgument
    for (const arg of args) {
      most += aroundArgument + (typeof arg === 'string' ? arg.length * maxUtf8PerUnit : arg.length)
    }
    if (this.#at + most > this.#slab.length) this.#newSlab(most)
    this.#head(star, args.length)
    for (const arg of args) {
      if (typeof arg === 'string') this.#text(arg)
      else this.#bytes(arg)
    }
  }

  handOut(): void {
    if (this.#at === this.#from) return
    const bytes = this.#slab.subarray(this.#from, this.#at)
    this.#from = this.#at
    this.#handOut(bytes)
  }

  /** Forgets what was not handed out. */
  clear(): void {
    this.#from = this.#at
  }

  #newSlab(least: number): void {
    this.handOut()
    this.#slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, least))
    this.#from = 0
    this.#at = 0
  }

  #text(text: string): void {
    const startedAt = this.#at
    // Nearly all text is ASCII, and the writing tells how many bytes it was.
    this.#head(dollar, text.length)
    const bytes = this.#slab.write(text, this.#at)
    if (bytes !== text.length) {
      this.#at = startedAt
      this.#head(dollar, bytes)
      this.#slab.write(text, this.#at)
    }
    this.#at += bytes
    this.#end()
  }

  #bytes(bytes: Buffer): void {
    this.#head(dollar, bytes.length)
    this.#slab.set(bytes, this.#at)
    this.#at += bytes.length
    this.#end()
  }

  /** `$12\r\n`: what follows, and how much of it. */
  #head(kind: number, count: number): void {
    const slab = this.#slab
    let at = this.#at
    slab[at++] = kind
    let digits = 1
    for (let rest = count; rest >= 10; rest = Math.floor(rest / 10)) digits++
    for (let rest = count, i = at + digits - 1; i >= at; i--) {
      const tens = Math.floor(rest / 10)
      slab[i] = zero + rest - tens * 10
      rest = tens
    }
    this.#at = at + digits
    this.#end()
  }

  #end(): void {
    this.#slab[this.#at] = 0x0d
    this.#slab[this.#at + 1] = 0x0a
    this.#at += 2
  }
}
