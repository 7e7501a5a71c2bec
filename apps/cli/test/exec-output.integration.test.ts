import { describe, expect, test } from 'vitest'

import { linesOf } from './once-process.ts'
import { openPlace } from './place.ts'

describe('what the command prints', () => {
  test('bytes that are no text come out as they went in, live and replayed', async () => {
    await using place = await openPlace()
    const script = `
      process.stdout.write(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)))
      process.stderr.write(Buffer.from([0xff, 0xfe, 0x00, 0x0a]))`
    const args = ['exec', 'k', '--', process.execPath, '-e', script]
    const [first, second] = [await place.start(args).ended, await place.start(args).ended]
    expect(first.stdout).toEqual(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)))
    expect(first.stderr).toEqual(Buffer.from([0xff, 0xfe, 0x00, 0x0a]))
    expect(second.stdout).toEqual(first.stdout)
    expect(second.stderr).toEqual(first.stderr)
  })

  test('the order of stdout and stderr is kept in a replay', async () => {
    await using place = await openPlace()
    const script =
      'for i in 1 2 3 4 5; do echo "out $i"; sleep 0.02; echo "err $i" >&2; sleep 0.02; done'
    const args = ['exec', 'k', '--', 'sh', '-c', script]
    const first = await place.run(args, { mergeStreams: true })
    const second = await place.run(args, { mergeStreams: true })
    expect(first.stdout).toBe([1, 2, 3, 4, 5].map((i) => `out ${i}\nerr ${i}\n`).join(''))
    expect(second.stdout).toBe(first.stdout)
  })

  test('output streams to the first caller while the command runs', async () => {
    await using place = await openPlace()
    const caller = place.start([
      'exec',
      'k',
      '--',
      'sh',
      '-c',
      'echo early; while [ ! -e "$DIR/go" ]; do sleep 0.05; done',
    ])
    const seen: string[] = []
    caller.child.stdout?.on('data', (chunk: Buffer) => seen.push(chunk.toString()))
    await expect.poll(() => seen.join(''), { timeout: 10_000 }).toBe('early\n')
    await place.run(['exec', 'other', '--', 'touch', place.file('go')])
    expect((await caller.ended).code).toBe(0)
  })

  test('of output beyond a mebibyte the first caller sees all, a duplicate the exit code and the tail', async () => {
    await using place = await openPlace()
    const script = `
      for (let line = 0; line < 3000; line++) console.log(String(line).padStart(1023, '.'))
      process.exitCode = 4`
    const args = ['exec', '--keep-failures', 'k', '--', process.execPath, '-e', script]
    const [first, second] = [await place.start(args).ended, await place.start(args).ended]
    expect([first.code, second.code]).toEqual([4, 4])
    expect(first.stdout.length).toBe(3000 * 1024)
    expect(first.stderr.toString()).toBe('')
    expect(second.stdout).toEqual(first.stdout.subarray(-65536))
    expect(second.stderr.toString()).toBe(
      'once: output truncated: 3072000 bytes were printed, these are the last 65536\n',
    )
  })

  test('exactly a mebibyte is replayed whole', async () => {
    await using place = await openPlace()
    const args = [
      'exec',
      'k',
      '--',
      process.execPath,
      '-e',
      'process.stdout.write("x".repeat(1024 * 1024))',
    ]
    const [first, second] = [await place.start(args).ended, await place.start(args).ended]
    expect(second.stdout.equals(first.stdout)).toBe(true)
    expect(second.stdout.length).toBe(1024 * 1024)
    expect(second.stderr.toString()).toBe('')
  })

  test('a reader that leaves early stops neither the command nor its outcome', async () => {
    await using place = await openPlace()
    const script = 'for (let i = 0; i < 100000; i++) console.log("line " + i)'
    const caller = place.start(['exec', 'k', '--', process.execPath, '-e', script])
    caller.child.stdout?.once('data', () => caller.child.stdout?.destroy())
    expect((await caller.ended).code).toBe(0)
    const again = await place.run(['exec', 'k', '--', process.execPath, '-e', script])
    expect(again.stdout.endsWith('line 99999\n')).toBe(true)
  })

  test('the command reads the standard input of the first caller', async () => {
    await using place = await openPlace()
    const first = await place.run(['exec', 'k', '--', 'cat'], { stdin: 'a letter\n' })
    const second = await place.run(['exec', 'k', '--', 'cat'], { stdin: 'another\n' })
    expect([first.stdout, second.stdout]).toEqual(['a letter\n', 'a letter\n'])
  })

  test('a program in the background that keeps the output open does not keep once', async () => {
    await using place = await openPlace()
    const { code, stdout, stderr } = await place.sh(
      'k',
      'sleep 60 & echo $! > "$DIR/pid"; echo done',
    )
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'done\n' })
    expect(stderr).toContain('keeps its output open')
    process.kill(Number(linesOf(place.file('pid'))[0]), 'SIGKILL')
    expect((await place.run(['get', 'k'])).stdout).toContain('succeeded')
  })

  test('with --json it comes as one object, of the first caller and of a duplicate', async () => {
    await using place = await openPlace()
    const args = ['exec', '--json', 'k', '--', 'sh', '-c', 'echo out; echo err >&2']
    const [first, second] = [await place.run(args), await place.run(args)]
    const expected = {
      key: 'k',
      replayed: false,
      kept: true,
      attempt: 1,
      leaseLost: false,
      durability: 'disk',
      exitCode: 0,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
      encoding: 'utf8',
      totalBytes: 8,
      truncated: false,
    }
    expect(JSON.parse(first.stdout)).toEqual(expected)
    expect(JSON.parse(second.stdout)).toEqual({ ...expected, replayed: true })
    expect([first.stderr, second.stderr]).toEqual(['', ''])
  })

  test('with --json, bytes that are no text are base64, and a failure is told to be free again', async () => {
    await using place = await openPlace()
    const args = ['exec', '--json', 'k', '--', 'sh', '-c', String.raw`printf "\377"; kill -KILL $$`]
    const { code, stdout } = await place.run(args)
    expect(code).toBe(137)
    expect(JSON.parse(stdout)).toMatchObject({
      kept: false,
      exitCode: 137,
      signal: 'SIGKILL',
      stdout: '/w==',
      encoding: 'base64',
    })
  })
})
