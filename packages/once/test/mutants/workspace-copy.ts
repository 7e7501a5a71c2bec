import {
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative, sep } from 'node:path'

const repository = join(import.meta.dirname, '../../../..')

/** What the tests of `once` need of the repository. */
const COPIED = [
  'package.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'vitest.config.ts',
  'docs',
  'packages',
  'scripts',
]
const LEFT_OUT = new Set(['node_modules', 'dist', '.cache'])

/**
 * A copy of the workspace to take guards out of; the working tree is never touched. Gone at the end.
 *
 * Dependencies are links to those that are installed, but our own packages are those of the copy.
 */
export class WorkspaceCopy implements AsyncDisposable {
  readonly root: string

  private constructor(root: string) {
    this.root = root
  }

  static async create(): Promise<WorkspaceCopy> {
    // Its real name: on some systems the folder for temporary files is a link, and vitest compares names.
    const root = await realpath(await mkdtemp(join(tmpdir(), 'oncekit-mutants-')))
    const copy = new WorkspaceCopy(root)
    try {
      for (const name of COPIED) {
        await cp(join(repository, name), join(root, name), {
          recursive: true,
          filter: (path) => !LEFT_OUT.has(basename(path)),
        })
      }
      await linkDependencies(root)
      // Servers that were fetched.
      const cache = join(repository, '.cache')
      if (existsSync(cache)) await symlink(cache, join(root, '.cache'), 'junction')
      return copy
    } catch (error) {
      await copy[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Changes a file of the copy for as long as `work` takes. */
  async with<T>(
    file: string,
    change: (source: string) => string,
    work: () => Promise<T>,
  ): Promise<T> {
    const path = join(this.root, file)
    const source = await readFile(path, 'utf8')
    await writeFile(path, change(source))
    try {
      return await work()
    } finally {
      await writeFile(path, source)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.root, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function linkDependencies(root: string): Promise<void> {
  const installed = join(repository, 'node_modules')
  const links = join(root, 'node_modules')
  await mkdir(links)
  for (const name of await readdir(installed)) {
    // Caches of tools, which are about the original.
    if (name.startsWith('.') && name !== '.bin') continue
    if (name === OURS) await linkOurs(join(installed, name), join(links, name), root)
    else await symlink(join(installed, name), join(links, name), 'junction')
  }
}

const OURS = '@oncekit'

async function linkOurs(installed: string, links: string, root: string): Promise<void> {
  await mkdir(links)
  const repositoryPath = await realpath(repository)
  for (const name of await readdir(installed)) {
    const target = relative(repositoryPath, await realpath(join(installed, name)))
    if (target.startsWith(`packages${sep}`)) {
      await symlink(join(root, target), join(links, name), 'junction')
    }
  }
}
