/** A value that plain JSON would lose. */
export interface Answer {
  readonly at: Date
  readonly lines: ReadonlyMap<string, bigint>
  readonly bytes: Buffer
}

export function answer(): Answer {
  return { at: new Date(1_234), lines: new Map([['a', 2n ** 70n]]), bytes: Buffer.from([0, 255]) }
}
