import { mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { run } from './run.ts'

/**
 * Downloads a Debian package and the shared libraries its program lacks here, and unpacks them
 * below `folder`. Needs neither root nor a write outside `folder`.
 */
export async function debianPackages(
  folder: string,
  name: string,
  program: string,
  say: (line: string) => void,
): Promise<{ readonly libraryPaths: readonly string[] }> {
  const apt = new Apt(join(folder, '.apt'), say)
  await apt.unpack([name], folder)
  const unpacked = new Set([name])
  let level = [name]
  let libraryPaths: readonly string[] = []
  for (let missing = await missingLibraries(folder, program, libraryPaths); missing.length > 0;) {
    const next = (await apt.libraryPackages(level)).filter((each) => !unpacked.has(each))
    if (next.length === 0) throw new Error(`${name} lacks ${missing.join(', ')} here`)
    await apt.unpack(next, folder)
    for (const each of next) unpacked.add(each)
    level = next
    libraryPaths = await libraryFolders(folder)
    missing = await missingLibraries(folder, program, libraryPaths)
  }
  await rm(join(folder, '.apt'), { recursive: true, force: true })
  return { libraryPaths }
}

class Apt {
  readonly #work: string
  readonly #say: (line: string) => void
  // Package lists of its own, so that an outdated or empty set on the machine does not matter
  // and `apt-get update` needs no root.
  readonly #ownLists: readonly string[]
  #options: readonly string[] = []

  constructor(work: string, say: (line: string) => void) {
    this.#work = work
    this.#say = say
    this.#ownLists = [
      `Dir::State=${join(work, 'state')}`,
      `Dir::State::status=/var/lib/dpkg/status`,
      `Dir::Cache=${join(work, 'cache')}`,
    ].flatMap((option) => ['-o', option])
  }

  async unpack(names: readonly string[], into: string): Promise<void> {
    const downloads = join(this.#work, 'downloads')
    await mkdir(downloads, { recursive: true })
    this.#say(`apt-get download ${names.join(' ')}`)
    await this.#withFreshListsIfNeeded(() =>
      run('apt-get', [...this.#options, 'download', '-q', ...names], { cwd: downloads }),
    )
    for (const file of await readdir(downloads)) {
      await run('dpkg', ['-x', join(downloads, file), into])
      await rm(join(downloads, file))
    }
  }

  /** Packages of shared code that the named ones depend on directly. */
  async libraryPackages(names: readonly string[]): Promise<string[]> {
    const { stdout } = await run('apt-cache', [
      ...this.#options,
      'depends',
      '--important',
      ...names,
    ])
    const found = Array.from(
      stdout.matchAll(/Depends: ((?:lib|lua)[^\s:<]+)/g),
      ([, name]) => name ?? '',
    )
    // The C library must be the machine's own: the program loader belongs to it.
    return [...new Set(found)].filter((name) => name !== 'libc6')
  }

  async #withFreshListsIfNeeded(step: () => Promise<unknown>): Promise<void> {
    try {
      await step()
    } catch (error) {
      if (this.#options.length > 0 || isWithoutProgram(error)) throw error
      await mkdir(join(this.#work, 'state/lists/partial'), { recursive: true })
      await mkdir(join(this.#work, 'cache/archives/partial'), { recursive: true })
      this.#options = this.#ownLists
      this.#say('apt-get update, into a folder of its own')
      await run('apt-get', [...this.#options, 'update', '-q'])
      await step()
    }
  }
}

function isWithoutProgram(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}

async function missingLibraries(
  folder: string,
  program: string,
  libraryPaths: readonly string[],
): Promise<string[]> {
  const env = { LD_LIBRARY_PATH: libraryPaths.map((path) => join(folder, path)).join(':') }
  const { stdout } = await run('ldd', [join(folder, program)], { env })
  return Array.from(stdout.matchAll(/^\s*(\S+) => not found/gm), ([, name]) => name ?? '')
}

async function libraryFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const libraries = entries.filter((entry) => /^lib.*\.so(\.|$)/.test(entry.name))
  return [...new Set(libraries.map((entry) => relative(folder, entry.parentPath)))].filter(
    (path) => dirname(path) !== '.',
  )
}
