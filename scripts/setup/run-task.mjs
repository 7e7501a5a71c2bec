import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chooseNode, noNodeAdvice } from './choose-node.mjs'
import { handOver } from './hand-over.mjs'
import { install } from './install.mjs'
import { SetupError } from './setup-error.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/**
 * From a fresh clone to a running program: installs what is missing, picks a Node that is new
 * enough, and goes on as `file` with the arguments of the command line.
 * @param {string} name how the lines on the terminal begin
 * @param {string} file TypeScript or JavaScript, relative to the repository
 */
export async function runTask(name, file) {
  /** @param {string} line */
  const say = (line) => void process.stderr.write(`${name}: ${line}\n`)
  try {
    if (Number(process.versions.node.split('.')[0]) < 20) {
      throw new SetupError(
        `this is Node ${process.versions.node}: install Node 20 or newer, better 24`,
      )
    }
    await install(root, { say })
    const node = chooseNode(root)
    if (node === undefined) throw new SetupError(noNodeAdvice())
    // Tests start hundreds of processes: half of the time of each went into compiling the same modules.
    process.env.NODE_COMPILE_CACHE ??= join(root, '.cache/compiled')
    const args = ['--conditions=@oncekit/source', join(root, file), ...process.argv.slice(2)]
    handOver(node, args, root)
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    if (error.detail !== '') process.stderr.write(`${error.detail.trim()}\n`)
    for (const line of error.message.split('\n')) say(line)
    process.exitCode = 1
  }
}
