/** Every kind of answer that the protocol has, and of record that a verb can leave. */
export const EVERY_KIND: readonly string[] = [
  ...of('claim', ['claimed', 'claimed, takeover', 'claimed, progress']),
  ...of('claim', ['claimed, takeover, progress', 'mismatch', 'executing']),
  ...of('claim', ['done, succeeded', 'done, failed', 'done, indeterminate', 'done, exhausted']),
  ...of('claim with an outcome', ['claimed', 'claimed, takeover', 'mismatch', 'executing']),
  ...of('claim with an outcome', ['done, succeeded', 'done, failed']),
  ...of('claim with an outcome', ['done, indeterminate', 'done, exhausted']),
  ...of('extend', ['extended', 'settled', 'lost']),
  ...of('commit', ['committed', 'lost']),
  ...of('commit over a fence', ['committed', 'lost']),
  ...of('release', ['released', 'lost']),
  ...of('release and keep', ['released', 'lost']),
  ...of('touch', ['touched', 'none', 'executing']),
  ...of('remove', ['removed', 'none']),
  ...of('remove if idle', ['removed', 'none', 'executing', 'indeterminate']),
  ...of('remove if unchanged', ['removed', 'none', 'changed']),
  ...of('read', ['a record', 'none']),
  ...of('a record', ['executing', 'succeeded', 'failed', 'indeterminate', 'exhausted']),
  ...of('a record', ['released', 'effect declared', 'somebody waits', 'for ever', 'large body']),
  'a record: expired',
]

function of(question: string, answers: readonly string[]): readonly string[] {
  return answers.map((answer) => `${question}: ${answer}`)
}
