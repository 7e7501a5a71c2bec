import type { CommandSpec } from '../arguments/spec.ts'
import { COMMON_OPTIONS } from '../common-options.ts'

export const clear: CommandSpec = {
  name: 'clear',
  summary: 'forget keys, so that the next caller runs again',
  usage: ['[options] KEY…', '[options] --prefix PREFIX'],
  options: [
    { name: 'prefix', value: 'PREFIX', help: 'every key that begins so' },
    {
      name: 'force',
      help: 'also keys that are executing or undecided; the run goes on, but its outcome will be refused',
    },
    ...COMMON_OPTIONS,
  ],
  sections: [
    {
      title: 'With --json',
      text:
        'one object: {"cleared": […], "missing": […], "refused": [{"key", "code", "message", "holder"}]}; with --prefix ' +
        '{"prefix", "cleared": 12, "skippedExecuting": 1}.',
    },
  ],
  exitCodes: [],
  examples: [
    { line: 'once clear nightly-2026-11-21', says: 'let tonight run again' },
    { line: 'once clear --prefix import-2026-11-', says: 'a month of imports' },
  ],
  load: async () => (await import('../records/clear.ts')).runClear,
}
