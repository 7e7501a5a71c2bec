import type { World } from '../world.ts'
import type { GuardedProcess } from './guarded-process.ts'
import type { Recording, StreamNumber } from './recording.ts'

/** Records what the command prints as it comes, and hands it on when there is a world to see it. */
export function copyOutput(
  command: Pick<GuardedProcess, 'stdout' | 'stderr' | 'exited'>,
  recording: Recording,
  live: Pick<World, 'stdout' | 'stderr'> | undefined,
): void {
  let ended = false
  const copy = (stream: StreamNumber): void => {
    const source = stream === 1 ? command.stdout : command.stderr
    const target = stream === 1 ? live?.stdout : live?.stderr
    source.on('data', (chunk: Buffer) => {
      recording.add(stream, chunk)
      if (target === undefined) return
      // A slow reader of ours slows the command down, as it would in a pipe.
      if (!ended) source.pause()
      void target.write(chunk).then(() => source.resume())
    })
  }
  const afterEnd = (): void => {
    ended = true
    // What is left is no more than the pipes hold; a slow reader must not look like a pipe that others keep open.
    command.stdout.resume()
    command.stderr.resume()
  }
  copy(1)
  copy(2)
  command.exited.then(afterEnd, afterEnd)
}
