/** A block of TypeScript in a page. */
export interface Block {
  readonly file: string
  /** Line of its first line of code in the page, from 1. */
  readonly line: number
  readonly code: string
  /** It goes on from the block before it on the page. */
  readonly continued: boolean
  /** Present when it is not to be checked: the reason given, perhaps empty. */
  readonly optOut?: string
}

/**
 * The blocks fenced as `ts` in a page. `ts continued` goes on from the block before, `ts no-check`
 * and a reason takes a block out of the check.
 */
export function blocksOf(file: string, markdown: string): Block[] {
  const blocks: Block[] = []
  const lines = markdown.split(/\r?\n/)
  for (let at = 0; at < lines.length; at++) {
    const fence = /^(\s*)(`{3,})(\S*)\s*(.*)$/.exec(lines[at] ?? '')
    if (fence === null) continue
    const [, indent = '', ticks = '', language = '', info = ''] = fence
    const first = at + 1
    const isEnd = (line: string): boolean => line.trim().startsWith(ticks) && !/[^`\s]/.test(line)
    while (++at < lines.length && !isEnd(lines[at] ?? ''));
    if (language !== 'ts' && language !== 'typescript') continue
    const optOut = /^no-check\b\s*(.*)$/.exec(info)?.[1]
    blocks.push({
      file,
      line: first + 1,
      code: lines
        .slice(first, at)
        .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()))
        .join('\n'),
      continued: info === 'continued',
      ...(optOut === undefined ? {} : { optOut }),
    })
  }
  return blocks
}

/** A file to compile for a block, and where the block's own code starts in it, from 1. */
export interface Source {
  readonly block: Block
  readonly text: string
  readonly ownLine: number
}

/** One source per block that is to be checked; what a block goes on from is put before it. */
export function sourcesOf(blocks: readonly Block[]): Source[] {
  let before = ''
  let page = ''
  const sources: Source[] = []
  for (const block of blocks) {
    if (!block.continued || block.file !== page) before = ''
    page = block.file
    if (block.optOut === undefined) {
      const ownLine = before.split('\n').length
      // A block is a module of its own, even without an import.
      sources.push({ block, text: `${before}${block.code}\nexport {}\n`, ownLine })
    }
    before += `${block.code}\n`
  }
  return sources
}
