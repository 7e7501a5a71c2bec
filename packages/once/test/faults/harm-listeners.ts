/** Waits for processes to say that they are about to harm themselves. */
export class HarmListeners {
  readonly #waiting = new Map<string, () => void>()

  hear(worker: string): void {
    this.#waiting.get(worker)?.()
  }

  /** True when the process says so within this time. */
  next(worker: string, patienceMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (harmed: boolean): void => {
        clearTimeout(timer)
        this.#waiting.delete(worker)
        resolve(harmed)
      }
      const timer = setTimeout(end, patienceMs, false)
      this.#waiting.set(worker, () => end(true))
    })
  }
}
