import { isUtf8 } from 'node:buffer'

import type { ExecuteOutcome } from '@oncekit/once'

import { bytesOf, isTruncated } from './result.ts'
import type { ExecResult } from './result.ts'

/** The object that `once exec --json` prints, as one line. Without an outcome: the command failed and nothing was kept. */
export function execReport(
  key: string,
  result: ExecResult,
  outcome?: ExecuteOutcome<unknown>,
): string {
  const report = {
    key,
    replayed: outcome?.replayed ?? false,
    kept: outcome !== undefined,
    attempt: outcome?.attempt ?? null,
    leaseLost: outcome?.leaseLost ?? false,
    durability: outcome?.durability ?? null,
    ...execFacts(result),
  }
  return `${JSON.stringify(report)}\n`
}

/** A result as JSON: text where both streams are UTF-8, else base64. */
export function execFacts(result: ExecResult): Readonly<Record<string, unknown>> {
  const [stdout, stderr] = [bytesOf(result, 1), bytesOf(result, 2)]
  const encoding = isUtf8(stdout) && isUtf8(stderr) ? 'utf8' : 'base64'
  return {
    exitCode: result.exitCode,
    signal: result.signal,
    stdout: stdout.toString(encoding),
    stderr: stderr.toString(encoding),
    encoding,
    totalBytes: result.totalBytes,
    truncated: isTruncated(result),
  }
}
