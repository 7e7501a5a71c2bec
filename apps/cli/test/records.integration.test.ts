import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { runOnce } from './once-process.ts'
import { openPlace } from './place.ts'

describe('looking and clearing', () => {
  test('get shows a done key to people and to machines', async () => {
    await using place = await openPlace()
    await place.sh('k', 'echo out; echo err >&2')
    const { code, stdout, stderr } = await place.run(['get', 'k'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^key +k\nstate +succeeded\nattempt +1\nfence +\d+\ndone +.* ago\)\nkept +23h 59m more\nended +exit 0\noutput +4 bytes on stdout, 4 on stderr\n$/,
    )
    const json: unknown = JSON.parse((await place.run(['get', '--json', 'k'])).stdout)
    expect(json).toEqual({
      key: 'k',
      state: 'succeeded',
      attempt: 1,
      fence: expect.any(Number),
      leaseLeftMs: 0,
      ttlMs: expect.any(Number),
      holder: null,
      completedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      value: {
        exitCode: 0,
        signal: null,
        stdout: 'out\n',
        stderr: 'err\n',
        encoding: 'utf8',
        totalBytes: 8,
        truncated: false,
      },
    })
  })

  test('get of a running key says who holds it and for how long', async () => {
    await using place = await openPlace()
    const owner = place.start([
      'exec',
      'k',
      '--',
      'sh',
      '-c',
      'while [ ! -e "$DIR/go" ]; do sleep 0.05; done',
    ])
    await expect
      .poll(async () => (await place.run(['get', 'k'])).stdout, { timeout: 10_000 })
      .toMatch(
        new RegExp(
          `state +executing\\n(.*\\n)*held by +once exec on .*, pid ${owner.pid}\\nsince .* ago\\)\\nlease +\\d+s left\\n`,
        ),
      )
    const listed = await place.run(['ls', '--state', 'executing'])
    expect(listed.stdout).toMatch(
      new RegExp(
        `^KEY +STATE +ATTEMPT +KEPT +HELD BY\\nk +executing +1 +.*pid ${owner.pid}, lease \\d+s left\\n$`,
      ),
    )
    const refused = await place.run(['clear', 'k'])
    expect(refused).toMatchObject({ code: 75, stdout: '' })
    expect(refused.stderr).toMatch(
      new RegExp(
        `^once: not cleared: "k" is being executed by once exec on .*pid ${owner.pid}.*--force`,
      ),
    )
    const json: unknown = JSON.parse((await place.run(['clear', 'k', 'none', '--json'])).stdout)
    expect(json).toEqual({
      cleared: [],
      missing: ['none'],
      refused: [
        expect.objectContaining({
          key: 'k',
          code: 'ONCE_IN_PROGRESS',
          holder: expect.objectContaining({ pid: owner.pid }),
        }),
      ],
    })
    const byPrefix = await place.run(['clear', '--prefix', 'k', '--json'])
    expect(byPrefix.code).toBe(75)
    expect(JSON.parse(byPrefix.stdout)).toEqual({ prefix: 'k', cleared: 0, skippedExecuting: 1 })
    await place.sh('go', 'touch "$DIR/go"')
    expect((await owner.ended).code).toBe(0)
  })

  test('get of a key that is not there is 1, and null for machines', async () => {
    await using place = await openPlace()
    expect(await place.run(['get', 'k'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'once: no record of "k"; look around with once ls\n',
    })
    expect(await place.run(['get', 'k', '--json'])).toEqual({
      code: 1,
      stdout: 'null\n',
      stderr: '',
    })
  })

  test('ls lists by prefix, clear clears by key and by prefix, and says what it did', async () => {
    await using place = await openPlace()
    for (const key of ['a-1', 'a-2', 'b-1']) await place.sh(key, 'true')
    const keys = async (...args: string[]): Promise<string[]> => {
      const { stdout } = await place.run(['ls', '--json', ...args])
      return stdout
        .split('\n')
        .flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as { key: string }).key]))
        .toSorted()
    }
    expect(await keys()).toEqual(['a-1', 'a-2', 'b-1'])
    expect(await keys('a-')).toEqual(['a-1', 'a-2'])
    expect(await keys('--state', 'executing,failed')).toEqual([])
    expect(await place.run(['clear', 'b-1', 'c-1'])).toEqual({
      code: 0,
      stdout: 'cleared b-1\nmissing c-1\n',
      stderr: '',
    })
    expect((await place.run(['clear', '--prefix', 'a-'])).stdout).toBe(
      'cleared 2 keys beginning with a-\n',
    )
    expect(await place.run(['ls'])).toEqual({ code: 0, stdout: '', stderr: 'no such keys\n' })
  })

  test('namespaces do not see each other', async () => {
    await using place = await openPlace()
    await place.run(['exec', '--namespace', 'one', 'k', '--', 'true'])
    expect((await place.run(['get', '--namespace', 'two', 'k'])).code).toBe(1)
    expect((await place.run(['get', 'k'], { env: { ONCE_NAMESPACE: 'one' } })).code).toBe(0)
  })

  test('a name that would move the cursor is shown, not obeyed', async () => {
    await using place = await openPlace()
    await place.run(['exec', '\u001B[2Jx\ny', '--', 'true'])
    expect((await place.run(['ls'])).stdout).toContain(String.raw`\x1B[2Jx\ny  succeeded`)
  })

  test('without a store named, it is a file of this user, and stderr says how far it reaches', async () => {
    await using place = await openPlace()
    const env = {
      ONCE_STORE: undefined,
      XDG_STATE_HOME: join(place.folder, 'state'),
      HOME: place.folder,
    }
    const { code, stdout, stderr } = await runOnce(['exec', 'k', '--', 'echo', 'hi'], { env })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hi\n' })
    expect(stderr).toMatch(/^scope: this host \(sqlite:.*\/state\/once\/once\.db; .*\)\n$/)
    expect((await stat(join(place.folder, 'state', 'once'))).mode & 0o777).toBe(0o700)
    expect((await runOnce(['exec', '--quiet', 'k', '--', 'echo', 'hi'], { env })).stderr).toBe('')
  })
})
