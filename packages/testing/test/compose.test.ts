import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { composeService } from '../src/servers/compose.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oncekit-compose-'))
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH']}`)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

test('a service runs on a free port, in a project of its own, and goes with its owner', async () => {
  await docker('case "$*" in *" port redis 6379") echo 127.0.0.1:49153 ;; esac')
  {
    await using service = await composeService('compose.yaml', 'redis', 6379)
    expect(service.address).toBe('127.0.0.1:49153')
  }
  const project = `compose --project-name oncekit-test-${process.pid} --file compose.yaml`
  expect(await calls()).toEqual([
    'unset info',
    `0 ${project} up --detach --wait redis`,
    `0 ${project} port redis 6379`,
    `0 ${project} down --volumes`,
  ])
})

test('without a running engine it says so and starts nothing', async () => {
  await docker('echo "Cannot connect to the Docker daemon" >&2; exit 1')
  await expect(composeService('compose.yaml', 'redis', 6379)).rejects.toThrow(
    'Cannot connect to the Docker daemon',
  )
  expect(await calls()).toHaveLength(1)
})

test('a service that does not come up is taken down again', async () => {
  await docker('case "$*" in *" up "*) echo "unhealthy" >&2; exit 1 ;; esac')
  await expect(composeService('compose.yaml', 'redis', 6379)).rejects.toThrow('unhealthy')
  expect((await calls()).at(-1)).toContain('down --volumes')
})

/** Puts a program named docker before any other, which writes down how it is called. */
async function docker(script: string): Promise<void> {
  const text = `#!/bin/sh\necho "\${ONCEKIT_REDIS_PORT-unset} $*" >> ${folder}/calls\n${script}\n`
  await writeFile(join(folder, 'docker'), text, { mode: 0o755 })
}

async function calls(): Promise<string[]> {
  return (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n')
}
