import { existsSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const examples = await Array.fromAsync(glob('examples/*/package.json', { cwd: root }))

test.each(examples.map((manifest) => join(manifest, '..')))(
  '%s can be run, and a test runs it',
  async (example) => {
    expect(existsSync(join(root, example, 'main.ts')), 'main.ts').toBe(true)
    const tests = glob('test/*.integration.test.ts', { cwd: join(root, example) })
    expect(await Array.fromAsync(tests)).not.toEqual([])
  },
)
