import { createHash } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { linesOf, runOnce } from './once-process.ts'
import { openPlace } from './place.ts'

describe('the outcome', () => {
  test('a failing command gives its code, frees the key, and is run again by the next caller', async () => {
    await using place = await openPlace()
    const script = 'echo ran >> "$DIR/runs"; echo no luck >&2; exit 3'
    expect(await place.sh('k', script)).toEqual({ code: 3, stdout: '', stderr: 'no luck\n' })
    expect((await place.run(['get', 'k'])).code).toBe(1)
    expect((await place.sh('k', script)).code).toBe(3)
    expect(linesOf(place.file('runs'))).toEqual(['ran', 'ran'])
  })

  test('a command that a signal ended gives 128 and its number', async () => {
    await using place = await openPlace()
    expect((await place.sh('k', 'kill -TERM $$')).code).toBe(143)
    expect((await place.sh('k', 'kill -SEGV $$')).code).toBe(139)
    const kept = [
      'exec',
      '--keep-failures',
      'kept',
      '--',
      'sh',
      '-c',
      'echo x >> "$DIR/runs"; kill -USR1 $$',
    ]
    expect([(await place.run(kept)).code, (await place.run(kept)).code]).toEqual([138, 138])
    expect(linesOf(place.file('runs'))).toEqual(['x'])
  })

  test('another command line is refused, and nothing of the first one is told', async () => {
    await using place = await openPlace()
    await place.sh('k', 'echo secret')
    const { code, stdout, stderr } = await place.sh('k', 'echo other')
    expect({ code, stdout }).toEqual({ code: 65, stdout: '' })
    expect(stderr).toMatch(
      /^once: "k" was already used with another payload; .*--no-fingerprint.*\n$/,
    )
    expect(stderr).not.toContain('secret')
  })

  test('with --no-fingerprint another command line gets the first outcome', async () => {
    await using place = await openPlace()
    await place.sh('k', 'echo first')
    const { code, stdout } = await place.run([
      'exec',
      '--no-fingerprint',
      'k',
      '--',
      'echo',
      'second',
    ])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'first\n' })
  })

  test('--wait 0 refuses a running key at once, --wait 200ms soon after, and both name who runs it or for how long', async () => {
    await using place = await openPlace()
    const args = [
      'k',
      '--',
      'sh',
      '-c',
      'touch "$DIR/on"; while [ ! -e "$DIR/go" ]; do sleep 0.05; done',
    ]
    const owner = place.start(['exec', ...args])
    await expect
      .poll(
        () =>
          linesOf(place.file('on')).length >= 0 &&
          place.run(['get', 'k']).then(({ stdout }) => stdout),
        { timeout: 10_000 },
      )
      .toContain('executing')
    const rejected = await place.run(['exec', '--wait', '0', ...args])
    expect(rejected.code).toBe(75)
    expect(rejected.stderr).toMatch(
      new RegExp(`^once: "k" is being executed by once exec on .*pid ${owner.pid}.*--wait 5m\n$`),
    )
    const tired = await place.run(['exec', '--wait', '200ms', ...args])
    expect(tired.code).toBe(75)
    expect(tired.stderr).toMatch(/^once: "k" was still being executed .*\n$/)
    await place.run(['exec', 'go', '--', 'touch', place.file('go')])
    expect((await owner.ended).code).toBe(0)
  })

  test('the command is told its key, fence, attempt and derived key, and nothing it should not know', async () => {
    await using place = await openPlace()
    const { stdout } = await runOnce(['exec', 'night run', '--', 'env'], {
      env: { ONCE_STORE: `sqlite:${place.file('once.db')}`, 'dotted.name': "it's\n$HOME" },
    })
    const lines = stdout.split('\n')
    expect(lines).toContain('ONCE_KEY=night run')
    expect(lines).toContain('ONCE_ATTEMPT=1')
    expect(stdout).toMatch(/^ONCE_FENCE=\d{16}$/m)
    expect(stdout).toMatch(/^ONCE_DERIVED_KEY=[\w-]{43}$/m)
    expect(stdout).toContain("dotted.name=it's\n$HOME\n")
    expect(stdout).not.toContain('ONCE_EXEC_VARIABLES')
  })

  test('arguments arrive as they were given', async () => {
    await using place = await openPlace()
    const words = ['', ' ', '--', '-n', "it's", '"', '$HOME', '`id`', 'a\nb', '*', 'ü', '\\']
    const script = 'console.log(JSON.stringify(process.argv.slice(1)))'
    const { stdout } = await place.run([
      'exec',
      'k',
      '--',
      process.execPath,
      '-e',
      script,
      '--',
      ...words,
    ])
    expect(JSON.parse(stdout)).toEqual(words)
  })

  test('a command that is not there, or is no program, is told before its key is taken', async () => {
    await using place = await openPlace()
    const missing = await place.run(['exec', 'k', '--', 'no-such-program'])
    expect(missing).toMatchObject({ code: 127, stdout: '' })
    expect(missing.stderr).toMatch(
      /^once: command "no-such-program" not found; nothing was run; .*\n$/,
    )
    await place.sh('write', 'echo data > "$DIR/data"')
    expect((await place.run(['exec', 'k', '--', './data'])).code).toBe(126)
    expect((await place.run(['get', 'k'])).code).toBe(1)
  })

  test('a command too long for the system is told as that, and frees its key', async () => {
    await using place = await openPlace()
    const { code, stderr } = await place.run([
      'exec',
      'k',
      '--',
      'sh',
      '-c',
      'exec "$0" "$0$0$0"',
      'x'.repeat(120_000),
    ])
    // The system refuses the long word inside the shell; once itself hands it on.
    expect(code).not.toBe(0)
    expect(stderr).not.toContain('    at ')
    expect((await place.run(['get', 'k'])).code).toBe(1)
  })

  test('a key of another program is not replayed', async () => {
    await using place = await openPlace()
    const digest = createHash('sha256').update('x').digest('hex')
    const { Once } = await import('@oncekit/once')
    {
      await using once = await Once.create({
        ...Once.defaultConfig('test'),
        store: `sqlite:${place.file('once.db')}`,
      })
      await once.execute('k', () => ({ digest, size: 12n, bytes: new Uint8Array([1, 2]) }))
    }
    const { code, stderr } = await place.run(['exec', 'k', '--', 'true'])
    expect(code).toBe(65)
    expect(stderr).toContain('not by once exec')
    const seen: unknown = JSON.parse((await place.run(['get', 'k', '--json'])).stdout)
    expect(seen).toMatchObject({
      state: 'succeeded',
      value: { digest, size: '12', bytes: { base64: 'AQI=' } },
    })
  })

  test('a store that is not there: 69, in one line, and nothing was run', async () => {
    await using place = await openPlace()
    const args = ['exec', 'k', '--', 'touch', place.file('ran')]
    const { code, stdout, stderr } = await place.run(args, {
      env: { ONCE_STORE: 'redis://127.0.0.1:1' },
    })
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' })
    expect(stderr).toMatch(/^once: .*127\.0\.0\.1:1.*ECONNREFUSED.*no command was run.*\n$/)
    expect(linesOf(place.file('ran'))).toEqual([])
    const json = await place.run(['get', 'k', '--json'], {
      env: { ONCE_STORE: 'redis://127.0.0.1:1' },
    })
    expect(JSON.parse(json.stderr)).toMatchObject({
      error: {
        code: expect.stringMatching(/^(ONCE_STORE|REDIS)_UNAVAILABLE$/),
        exitCode: 69,
        retryable: true,
      },
    })
  })
})
