import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { testRoots } from '../vitest/test-roots.ts'

const repository = join(import.meta.dirname, '../..')

/** A test file that needs a server nobody could provide. */
export interface LeftOut {
  /** Relative to the repository. */
  readonly file: string
  readonly reason: string
}

/**
 * The integration tests that cannot run for want of a server: those that name what is missing
 * (`startRedis`, `redisUrl`), themselves or in a file beside them that they import.
 */
export async function testsToLeaveOut(
  missing: readonly { readonly need: string; readonly reason: string }[],
  root: string = repository,
): Promise<readonly LeftOut[]> {
  if (missing.length === 0) return []
  const leftOut: LeftOut[] = []
  const patterns = testRoots.map((each) => `${each}/test/**/*.integration.test.ts`)
  for await (const file of glob(patterns, { cwd: root, exclude: ['**/node_modules/**'] })) {
    const text = await textWithImports(join(root, file))
    const lacking = missing.find(({ need }) => new RegExp(`\\b${need}\\b`).test(text))
    if (lacking !== undefined) leftOut.push({ file, reason: lacking.reason })
  }
  return leftOut
}

async function textWithImports(file: string, seen = new Set<string>()): Promise<string> {
  if (seen.has(file) || !existsSync(file)) return ''
  seen.add(file)
  const text = await readFile(file, 'utf8')
  const imports = text.matchAll(/from '(\.[^']+\.ts)'/g)
  const others = Array.from(imports, ([, path]) => join(dirname(file), path ?? ''))
    // Sources may speak of servers without needing one.
    .filter((path) => path.includes('/test/'))
    .map((path) => textWithImports(path, seen))
  return [text, ...(await Promise.all(others))].join('\n')
}
