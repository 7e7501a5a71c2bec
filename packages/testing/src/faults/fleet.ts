import type { Random } from './random.ts'
import type { SubjectProcess } from './subject-process.ts'

/** Starts one more process under this name. */
export type StartSubject = (
  name: string,
  heard: { readonly onExit: (from: SubjectProcess) => void },
) => SubjectProcess

/** So many processes under test at any time: one that dies is followed by a new one with a new name. */
export class Fleet implements AsyncDisposable {
  readonly #start: StartSubject
  readonly #size: number
  readonly #members = new Set<SubjectProcess>()
  #started = 0
  #closing = false

  constructor(size: number, start: StartSubject) {
    this.#size = size
    this.#start = start
    this.#fill()
  }

  get members(): readonly SubjectProcess[] {
    return [...this.#members]
  }

  /** Those that have begun to work, and neither are paused nor have ended. */
  get ready(): readonly SubjectProcess[] {
    return this.members.filter((member) => member.isReady)
  }

  get started(): number {
    return this.#started
  }

  pick(random: Random): SubjectProcess | undefined {
    const { ready } = this
    return ready.length === 0 ? undefined : random.pick(ready)
  }

  /** Lets every process go on, tells it to end, and gives the names of those that had to be killed. */
  async close(farewell: object, patienceMs: number): Promise<readonly string[]> {
    this.#closing = true
    const late: string[] = []
    await Promise.all(
      this.members.map(async (member) => {
        member.resume()
        member.send(farewell)
        if (!(await member.ended(patienceMs))) late.push(member.name)
      }),
    )
    return late
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    await Promise.all(this.members.map((member) => member.kill()))
  }

  #fill(): void {
    while (!this.#closing && this.#members.size < this.#size) {
      const member = this.#start(`w${++this.#started}`, {
        onExit: (from) => {
          this.#members.delete(from)
          this.#fill()
        },
      })
      this.#members.add(member)
    }
  }
}
