import { spawn } from 'node:child_process'
import { Socket } from 'node:net'

/** Watches over one server process on behalf of this process. */
export interface Guardian {
  /** The server runs under another process number now, or (`undefined`) not at all for a while. */
  follow(pid: number | undefined): void
  /** The server has ended and needs no watching; its folder is the caller's again. */
  release(): void
}

/**
 * Kills the server and removes `folder` when this process ends in whatever way, SIGKILL included:
 * a small shell, in a session of its own, reads a pipe that the operating system closes then.
 */
export function guard(pid: number, folder: string | undefined): Guardian {
  const shell = spawn('/bin/sh', ['-c', script, 'guardian', folder ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  shell.unref()
  if (shell.stdin instanceof Socket) shell.stdin.unref()
  // The shell gone before us (someone killed it) is no reason to fail.
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  shell.stdin.write(`${pid}\n`)
  return {
    follow: (next) => void shell.stdin.write(`${next ?? 'none'}\n`),
    release: () => void shell.stdin.end('released\n'),
  }
}

// Reads the number to watch, the newest wins; the pipe's end means the owner is gone. A number of a
// process that has ended is forgotten, because the system gives it to another one.
const script = `
while read -r line; do
  [ "$line" = released ] && exit 0
  pid=$line
done
[ "$pid" = none ] || kill -9 "$pid" 2>/dev/null
[ -z "$1" ] || { sleep 0.2; rm -rf "$1"; }
`
