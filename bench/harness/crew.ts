import type { SubjectName } from '../subjects/index.ts'
import type { Answer, Figure, Folders, Order, SubjectOptions } from './subject.ts'
import { WorkerProcess } from './worker-process.ts'

export interface CrewOptions extends Folders {
  /** A folder where each process leaves a CPU profile. */
  readonly profile?: string
}

export interface Task {
  readonly work: string
  readonly callers: number
  /** For a subject that is not there yet. */
  readonly redisUrl: string
}

/** The subjects, each in a process of its own, started when first needed. */
export class Crew implements AsyncDisposable {
  readonly #options: CrewOptions
  readonly #opened = new AsyncDisposableStack()
  readonly #workers = new Map<SubjectName, Worker>()
  readonly #begun = new Set<string>()

  constructor(options: CrewOptions) {
    this.#options = options
  }

  /** Gives whether this work is new to the subject. */
  async begin(subject: SubjectName, { work, callers, redisUrl }: Task): Promise<boolean> {
    let worker = this.#workers.get(subject)
    if (worker === undefined) {
      worker = this.#opened.use(await start(subject, redisUrl, this.#options))
      this.#workers.set(subject, worker)
    }
    await worker.ask({ kind: 'begin', work, callers })
    const known = this.#begun.size
    return this.#begun.add(`${subject}: ${work}`).size > known
  }

  /** Does what was begun last for so long, with the callers it was begun with or with these. */
  async slice(subject: SubjectName, ms: number, callers?: number): Promise<Figure> {
    const order: Order = { kind: 'slice', ms, ...(callers === undefined ? {} : { callers }) }
    const answer = await this.#workers.get(subject)?.ask(order)
    if (answer?.figure === undefined) throw new Error(`${subject} has not begun anything`)
    return answer.figure
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync()
  }
}

type Worker = WorkerProcess<Order, Answer>

function start(
  subject: SubjectName,
  redisUrl: string,
  { profile, disk, memory }: CrewOptions,
): Promise<Worker> {
  const options: SubjectOptions = { redisUrl, disk, memory }
  return WorkerProcess.start(new URL('worker.ts', import.meta.url), {
    name: subject,
    args: [subject, JSON.stringify(options)],
    execArgv: profile === undefined ? [] : profiling(profile, subject),
  })
}

function profiling(folder: string, subject: string): string[] {
  const name = `${subject.replaceAll(/[^a-z]+/gi, '-')}.cpuprofile`
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}`]
}
