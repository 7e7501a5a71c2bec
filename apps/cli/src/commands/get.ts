import type { CommandSpec } from '../arguments/spec.ts'
import { COMMON_OPTIONS } from '../common-options.ts'

export const get: CommandSpec = {
  name: 'get',
  summary: 'look at one key',
  usage: ['[options] KEY'],
  options: COMMON_OPTIONS,
  sections: [
    {
      title: 'With --json',
      text:
        'one object: {"key", "state", "attempt", "fence", "leaseLeftMs", "ttlMs": null when kept until cleared, "holder": ' +
        '{"host", "pid", "service", "since", "traceId"} or null, "completedAt" or null}, and what there is of "value", "error", ' +
        '"resultUnavailable". The value of an exec key is {"exitCode", "signal", "stdout", "stderr", "encoding", "totalBytes", ' +
        '"truncated"}; in others, bytes are {"base64"}, dates are text, big integers are text, maps are lists of pairs.',
    },
  ],
  exitCodes: [['1', 'there is no record of the key']],
  examples: [
    { line: 'once get nightly-2026-11-21', says: 'who runs it, or how it ended' },
    {
      line: 'once get order:42 --json --store redis://localhost',
      says: 'the record that a service wrote',
    },
  ],
  load: async () => (await import('../records/get.ts')).runGet,
}
