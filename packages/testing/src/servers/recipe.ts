/** How one kind of server is found, and how it is fetched when the machine has none. */
export interface ServerRecipe {
  /** Name for people and for the cache folder: `redis`. */
  readonly name: string
  /** Environment variable that names a program to start, before anything else is tried. */
  readonly variable: string
  /** Programs looked for on PATH, in order. */
  readonly commands: readonly string[]
  /** Arguments that make the program print its version and end. */
  readonly versionArgs: readonly string[]
  /** Ways to fetch it into the cache folder, in order of preference. */
  readonly sources: readonly ServerSource[]
}

/** One way to fetch a server without touching the system. */
export interface ServerSource {
  /** Name for people and for the cache folder: `debian`. */
  readonly name: string
  /** Fills `folder`; resolves to the program's place in it. Rejects with the reason when it cannot. */
  fetch(folder: string, say: (line: string) => void): Promise<FetchedProgram>
}

/** What a source put into its folder; paths are relative to the folder. */
export interface FetchedProgram {
  readonly path: string
  /** Folders of shared libraries the program needs. */
  readonly libraryPaths: readonly string[]
}

/** A server program ready to be started. */
export interface ServerProgram {
  readonly path: string
  /** Variables to start it with, beside the process's own. */
  readonly env: Readonly<Record<string, string>>
  /** First line of what it prints as its version. */
  readonly version: string
  /** Where it was found, for people: `PATH`, `cache (debian)`. */
  readonly from: string
}

/** No way to get the server worked; `message` lists what was tried, and why each failed. */
export class ServerUnavailableError extends Error {
  override readonly name = 'ServerUnavailableError'
  readonly code = 'SERVER_UNAVAILABLE'
  /** Name of the recipe. */
  readonly server: string

  constructor(server: string, tried: readonly string[]) {
    super([`no ${server} server to start:`, ...tried].join('\n  '))
    this.server = server
  }
}
