/** What a process does to itself at a point. `stop`: SIGSTOP, until somebody continues it. `kill`: SIGKILL. */
export type SelfHarm = 'stop' | 'kill'

/**
 * The points of a process at which it may be told to stop or to die, so that what happens "right
 * after the claim" can be tried as often as one likes, and not only when a signal comes by chance.
 */
export class NamedPoints<Point extends string> {
  readonly #announce: (point: Point, harm: SelfHarm) => void
  #armed: { readonly point: Point; readonly harm: SelfHarm } | undefined

  /** @param announce - Called right before; has to write at once, since nothing is written after. */
  constructor(announce: (point: Point, harm: SelfHarm) => void) {
    this.#announce = announce
  }

  /** The next time the point is reached. One point is armed at a time. */
  arm(point: Point, harm: SelfHarm): void {
    this.#armed = { point, harm }
  }

  disarm(): void {
    this.#armed = undefined
  }

  reach(point: Point): void {
    if (this.#armed?.point !== point) return
    const { harm } = this.#armed
    this.#armed = undefined
    this.#announce(point, harm)
    process.kill(process.pid, harm === 'stop' ? 'SIGSTOP' : 'SIGKILL')
  }
}
