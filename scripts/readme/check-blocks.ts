import { execFile } from 'node:child_process'
import { glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Block, blocksOf, type Source, sourcesOf } from './blocks.ts'

const pages = ['*.md', '{packages,apps,examples}/*/README*.md', 'docs/**/*.md']

/** Every block of TypeScript in the pages people read. */
export async function readBlocks(root: string): Promise<Block[]> {
  const files = await Array.fromAsync(glob(pages, { cwd: root, exclude: ['**/node_modules/**'] }))
  const texts = await Promise.all(
    files.toSorted().map(async (file) => blocksOf(file, await readFile(join(root, file), 'utf8'))),
  )
  return texts.flat()
}

/**
 * Compiles the blocks against the packages' sources; resolves to what the compiler says of each,
 * in terms of its page.
 */
export async function checkBlocks(
  root: string,
  blocks: readonly Block[],
): Promise<ReadonlyMap<Block, readonly string[]>> {
  if (sourcesOf(blocks).length === 0) return new Map()
  // Below the repository, so that imports are found as they are from any package.
  await mkdir(join(root, '.cache'), { recursive: true })
  const folder = await mkdtemp(join(root, '.cache/readme-blocks-'))
  try {
    const sources = new Map(
      sourcesOf(blocks).map((source, index) => [`block-${index}.ts`, source] as const),
    )
    for (const [name, { text }] of sources) await writeFile(join(folder, name), text)
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(compilerConfig))
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    return complaints(await compile(root, folder), sources)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const compilerConfig = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    noEmit: true,
    customConditions: ['@oncekit/source'],
    allowImportingTsExtensions: true,
    isolatedDeclarations: false,
    declaration: false,
    declarationMap: false,
    // An example shows a name without using it.
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  // What tests may `inject` is declared there.
  include: ['*.ts', '../../scripts/vitest/servers.ts'],
}

function compile(root: string, folder: string): Promise<string> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [tsc, '--project', folder, '--pretty', 'false'],
      { maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        // 1 and 2: it ran, and has complaints.
        if (error === null || error.code === 1 || error.code === 2) resolve(stdout)
        else reject(new Error(`tsc did not run: ${stderr}`, { cause: error }))
      },
    )
  })
}

function complaints(
  output: string,
  sources: ReadonlyMap<string, Source>,
): ReadonlyMap<Block, readonly string[]> {
  const byBlock = new Map<Block, string[]>()
  let elsewhere = 0
  for (const [, path = '', line = '', rest = ''] of output.matchAll(
    /^(\S.*?)\((\d+),\d+\): (.*)$/gm,
  )) {
    const source = sources.get(basename(path))
    if (source === undefined) {
      // A package's own mistake is told by the type check of the packages.
      elsewhere++
      continue
    }
    const own = Number(line) - source.ownLine
    // What comes before its own code is another block's to answer for.
    if (own < 0) continue
    const told = byBlock.get(source.block) ?? []
    told.push(`${source.block.file}:${source.block.line + own}: ${rest}`)
    byBlock.set(source.block, told)
  }
  if (output.trim() !== '' && byBlock.size === 0 && elsewhere === 0) {
    throw new Error(`tsc says what nobody understood: ${output}`)
  }
  return byBlock
}
