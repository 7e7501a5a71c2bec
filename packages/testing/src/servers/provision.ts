import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { cacheFolder, fillOnce } from './cache-folder.ts'
import {
  type FetchedProgram,
  type ServerProgram,
  type ServerRecipe,
  type ServerSource,
  ServerUnavailableError,
} from './recipe.ts'
import { run } from './run.ts'

/** Settings of {@link provision}; the defaults are the process's own. */
export interface ProvisionOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cache?: string
  /** Gets a line for each step that takes time. @defaultValue lines on stderr */
  readonly say?: (line: string) => void
}

/**
 * A program for the recipe's server: the one its environment variable names, else one on PATH,
 * else one in the cache folder, else fetched into it, else (with `CI=true`, as root) installed.
 *
 * @throws {@link ServerUnavailableError} when nothing worked
 */
export async function provision(
  recipe: ServerRecipe,
  options: ProvisionOptions = {},
): Promise<ServerProgram> {
  const env = options.env ?? process.env
  const cache = options.cache ?? cacheFolder(env)
  const say =
    options.say ?? ((line: string) => void process.stderr.write(`${recipe.name}: ${line}\n`))
  const tried: string[] = []
  const attempt = async (what: string, step: () => Promise<ServerProgram>) => {
    try {
      return await step()
    } catch (error) {
      tried.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }

  const named = env[recipe.variable]
  if (named !== undefined && named !== '') {
    const program = await attempt(recipe.variable, () => check(recipe, named, recipe.variable))
    if (program !== undefined) return program
    // Someone who names a program wants that one: another would hide the mistake.
    throw new ServerUnavailableError(recipe.name, tried)
  }
  for (const path of onPath(recipe.commands, env)) {
    const program = await attempt(path, () => check(recipe, path, 'PATH'))
    if (program !== undefined) return program
  }
  if (tried.length === 0) tried.push(`PATH: no ${recipe.commands.join(', no ')}`)
  // What is there already goes before any download.
  const sources = recipe.sources.toSorted(
    (a, b) => Number(isCached(cache, recipe, b)) - Number(isCached(cache, recipe, a)),
  )
  for (const source of sources) {
    const program = await attempt(source.name, () => fromCache(recipe, source, cache, say))
    if (program !== undefined) return program
  }
  throw new ServerUnavailableError(recipe.name, tried)
}

async function fromCache(
  recipe: ServerRecipe,
  source: ServerSource,
  cache: string,
  say: (line: string) => void,
): Promise<ServerProgram> {
  const folder = join(cache, `${recipe.name}-${source.name}`)
  if (existsSync(folder)) {
    try {
      return await readProgram(recipe, source, folder)
    } catch {
      say(`what ${source.name} left in the cache does not run; fetching it again`)
      await rm(folder, { recursive: true, force: true })
    }
  }
  await fillOnce(folder, async (temporary) => {
    const started = performance.now()
    const fetched = await source.fetch(temporary, say)
    await writeFile(join(temporary, 'program.json'), JSON.stringify(fetched))
    const { version } = await readProgram(recipe, source, temporary)
    say(`${version} is in the cache, ${((performance.now() - started) / 1000).toFixed(1)} s`)
  })
  return readProgram(recipe, source, folder)
}

async function readProgram(
  recipe: ServerRecipe,
  source: ServerSource,
  folder: string,
): Promise<ServerProgram> {
  const fetched: FetchedProgram = JSON.parse(await readFile(join(folder, 'program.json'), 'utf8'))
  const libraries = fetched.libraryPaths.map((path) => join(folder, path)).join(':')
  return check(
    recipe,
    join(folder, fetched.path),
    `cache (${source.name})`,
    libraries === '' ? {} : { LD_LIBRARY_PATH: libraries },
  )
}

async function check(
  recipe: ServerRecipe,
  path: string,
  from: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProgram> {
  const { stdout } = await run(path, recipe.versionArgs, { env, timeoutMs: 30_000 })
  return { path, env, version: stdout.trim().split('\n')[0] ?? '', from }
}

function isCached(cache: string, recipe: ServerRecipe, source: ServerSource): boolean {
  return existsSync(join(cache, `${recipe.name}-${source.name}`))
}

function onPath(commands: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return commands.flatMap((command) =>
    folders.map((folder) => join(folder, command)).filter((path) => existsSync(path)),
  )
}
