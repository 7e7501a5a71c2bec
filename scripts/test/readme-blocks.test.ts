import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Block, blocksOf, sourcesOf } from '../readme/blocks.ts'
import { checkBlocks, readBlocks } from '../readme/check-blocks.ts'

const root = join(import.meta.dirname, '../..')
const blocks = await readBlocks(root)
const checked = blocks.filter(({ optOut }) => optOut === undefined)

describe('every block of TypeScript in the pages', () => {
  let complaints: ReadonlyMap<Block, readonly string[]>
  beforeAll(async () => {
    complaints = await checkBlocks(root, blocks)
  }, 60_000)

  test.each(checked.map((block) => [`${block.file}:${block.line}`, block] as const))(
    'compiles: %s',
    (_, block) => {
      expect(complaints.get(block) ?? []).toEqual([])
    },
  )

  test('that is not compiled says why', () => {
    const silent = blocks.filter(({ optOut }) => optOut === '')
    expect(silent.map(({ file, line }) => `${file}:${line}`)).toEqual([])
  })
})

describe('reading a page', () => {
  const page = (...lines: string[]): Block[] => blocksOf('README.md', lines.join('\n'))

  test('finds blocks fenced as ts, with the line they start at', () => {
    expect(page('# Title', '```ts', 'const a = 1', '```', '```sh', 'npm start', '```')).toEqual([
      { file: 'README.md', line: 3, code: 'const a = 1', continued: false },
    ])
  })

  test('takes a fence inside a longer fence as its text', () => {
    expect(page('````md', '```ts', 'no code', '```', '````')).toEqual([])
  })

  test('removes the indentation a list gives', () => {
    expect(page('- so:', '  ```ts', '  if (a) {', '    b()', '  }', '  ```')[0]?.code).toBe(
      'if (a) {\n  b()\n}',
    )
  })

  test('reads the reason of a block that is not compiled', () => {
    expect(page('```ts no-check shows a mistake', 'x', '```')[0]?.optOut).toBe('shows a mistake')
    expect(page('```ts no-check', 'x', '```')[0]?.optOut).toBe('')
  })

  test('puts before a continued block what it goes on from, on the same page only', () => {
    const [first, second] = sourcesOf(
      page('```ts', 'const a = 1', '```', '```ts continued', 'a + 1', '```'),
    )
    expect(first).toMatchObject({ text: 'const a = 1\nexport {}\n', ownLine: 1 })
    expect(second).toMatchObject({ text: 'const a = 1\na + 1\nexport {}\n', ownLine: 2 })
    const other = blocksOf('docs/other.md', '```ts continued\nb()\n```')
    expect(sourcesOf([...page('```ts', 'const a = 1', '```'), ...other])[1]?.text).toBe(
      'b()\nexport {}\n',
    )
  })
})

test('a mistake is told with its place on the page', async () => {
  const page = [
    '# Page',
    '```ts',
    "import { freePort } from '@oncekit/testing'",
    'const port: number = await freePort()',
    '```',
    'and then',
    '```ts continued',
    'const wrong: string = port',
    '```',
  ].join('\n')
  const [right, wrong] = blocksOf('docs/page.md', page)
  const complaints = await checkBlocks(root, blocksOf('docs/page.md', page))
  const told = Array.from(complaints, ([block, lines]) => [block.line, ...lines])
  expect(told).toEqual([
    [wrong?.line, expect.stringMatching(/^docs\/page\.md:8: error TS2322: .*'string'/)],
  ])
  expect(right?.line).toBe(3)
}, 60_000)
