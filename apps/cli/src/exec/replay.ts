import type { World } from '../world.ts'
import { isTruncated, pieces } from './result.ts'
import type { ExecResult } from './result.ts'

/** Prints what the run printed, byte for byte on the same streams, in the same order. */
export async function replay(result: ExecResult, world: World): Promise<void> {
  if (isTruncated(result)) {
    await world.stderr.write(
      `once: output truncated: ${result.totalBytes} bytes were printed, these are the last ${result.bytes.length}\n`,
    )
  }
  for (const { stream, bytes } of pieces(result)) {
    await (stream === 1 ? world.stdout : world.stderr).write(bytes)
  }
}
