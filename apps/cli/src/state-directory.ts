import { posix, win32 } from 'node:path'

import type { World } from './world.ts'

/**
 * Where this user's programs keep what should outlive a restart, and `once` in it: `$XDG_STATE_HOME/once` or `~/.local/state/once`
 * (XDG Base Directory Specification 0.8), `~/Library/Application Support/once` on macOS, `%LOCALAPPDATA%\once` on Windows.
 */
export function stateDirectory({
  platform,
  env,
  home,
}: Pick<World, 'platform' | 'env' | 'home'>): string {
  if (platform === 'win32') {
    const local = env['LOCALAPPDATA'] || win32.join(home, 'AppData', 'Local')
    return win32.join(local, 'once')
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'once')
  const state = env['XDG_STATE_HOME'] ?? ''
  // The specification: a relative path is invalid and has to be ignored.
  const base = posix.isAbsolute(state) ? state : posix.join(home, '.local', 'state')
  return posix.join(base, 'once')
}
