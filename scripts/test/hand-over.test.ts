import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'

const handOver = new URL('../setup/hand-over.mjs', import.meta.url).href

test('the exit code is kept', async () => {
  const [code] = await once(start('process.exit(7)'), 'exit')
  expect(code).toBe(7)
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s reaches the program, which ends in its own way',
  async (signal) => {
    const child = start(`
      process.once('${signal}', () => process.exit(7))
      setInterval(() => {}, 1000)
      console.log('ready')`)
    await lineOf(child)
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([7, null])
  },
)

test('a program ended by a signal is an error', async () => {
  const [code] = await once(start(`process.kill(process.pid, 'SIGKILL')`), 'exit')
  expect(code).toBe(128 + 9)
})

test('what the program starts as node is the Node it runs on', async () => {
  const child = start(`
    const { stdout } = require('node:child_process').spawnSync('node', ['-p', 'process.execPath'])
    console.log(String(stdout).trim())`)
  expect(await lineOf(child)).toBe(process.execPath)
})

function start(program: string): ChildProcess {
  const args = JSON.stringify(['--eval', program])
  const starter = `
    import { handOver } from '${handOver}'
    handOver(${JSON.stringify(process.execPath)}, ${args}, ${JSON.stringify(import.meta.dirname)})`
  return spawn(process.execPath, ['--input-type=module', '--eval', starter], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: '/usr/bin:/bin' },
  })
}

async function lineOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the program has no output to read')
  const [line] = await once(createInterface(stdout), 'line')
  return String(line)
}
