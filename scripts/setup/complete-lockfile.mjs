/**
 * @typedef {{ version?: string, optional?: boolean, dev?: boolean, license?: string,
 *   cpu?: string[], os?: string[], libc?: string[],
 *   optionalDependencies?: Record<string, string> }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} Lockfile
 */

/**
 * The lockfile with an entry for each platform's package that an entry may bring, as npm writes
 * them, but for the checksum. npm looks at `os` and `cpu` there and leaves the others alone.
 * @param {Lockfile} lockfile
 * @returns {{ complete: Lockfile, added: string[] }}
 */
export function completeLockfile(lockfile) {
  const packages = { ...lockfile.packages }
  const added = missingOptionals(lockfile).map(({ name, version, dev }) => {
    packages[`node_modules/${name}`] = entryOf(name, version, dev)
    return name
  })
  const sorted = Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { complete: { ...lockfile, packages: Object.fromEntries(sorted) }, added }
}

/**
 * The optional packages that an entry of the lockfile names, and that have none themselves.
 * @param {Lockfile} lockfile
 * @returns {{ name: string, version: string, dev: boolean }[]}
 */
export function missingOptionals({ packages }) {
  return Object.entries(packages).flatMap(([place, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !isThere(packages, place, name))
      .map(([name, version]) => ({ name, version, dev })),
  )
}

/**
 * @param {Record<string, LockedPackage>} packages
 * @param {string} place
 * @param {string} name
 */
function isThere(packages, place, name) {
  return [`${place}/node_modules/${name}`, `node_modules/${name}`].some((each) => each in packages)
}

/** @type {Record<string, string>} */
const libraries = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' }

/**
 * @param {string} name such as `@oxlint/binding-linux-x64-gnu`
 * @param {string} version
 * @param {boolean} dev
 * @returns {LockedPackage}
 */
function entryOf(name, version, dev) {
  const platform =
    /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|ppc64|riscv64|s390x|x64)(?:-([a-z]+))?$/
  const [, os, cpu, abi = ''] = platform.exec(name) ?? []
  if (os === undefined || cpu === undefined || !/^\d/.test(version)) {
    throw new Error(`${name}@${version}: neither platform nor version is plain, add it by hand`)
  }
  const libc = libraries[abi]
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    license: 'MIT',
    optional: true,
    os: [os],
  }
}
