import { describe, expect, test } from 'vitest'

import { isAlive, linesOf } from './once-process.ts'
import { openPlace } from './place.ts'
import type { Place } from './place.ts'

const pids = (place: Place): number[] => linesOf(place.file('pids')).map(Number)
const msOf = async (act: Promise<unknown>): Promise<number> => {
  const startedMs = performance.now()
  await act
  return performance.now() - startedMs
}
const anyAlive = (place: Place): boolean => pids(place).some(isAlive)

describe('when something dies or is told to', () => {
  test('killed by -9 at any moment, the owner leaves nothing of its command behind', async () => {
    await using place = await openPlace()
    const wholeMs = await msOf(place.sh('first', 'echo on'))
    // The moments from before the claim to well into the run; each one is another place in the start.
    // Had none begun, nothing were shown.
    for (let moment = 0; moment < 16 || pids(place).length === 0; moment++) {
      expect(moment).toBeLessThan(64)
      const script = 'echo $$ >> "$DIR/pids"; sleep 300 & echo $! >> "$DIR/pids"; wait'
      const owner = place.start(['exec', '--lease', '2s', `k${moment}`, '--', 'sh', '-c', script])
      await new Promise((resolve) => setTimeout(resolve, wholeMs * (0.2 + moment * 0.06)))
      owner.child.kill('SIGKILL')
      await owner.ended
    }
    await expect.poll(() => anyAlive(place), { timeout: 10_000 }).toBe(false)
  })

  test.for(['SIGTERM', 'SIGHUP'] as const)(
    '%s reaches the command and its children, who decide',
    async (signal) => {
      await using place = await openPlace()
      const name = signal.slice(3)
      const script = `
      sh -c 'trap "echo child heard; exit 0" ${name}; echo on > "$DIR/child"; while :; do sleep 0.05; done' &
      trap 'wait; echo bye; exit 5' ${name}
      echo on > "$DIR/on"; while :; do sleep 0.05; done`
      const owner = place.start(['exec', 'k', '--', 'sh', '-c', script])
      await expect
        .poll(() => linesOf(place.file('on')).length + linesOf(place.file('child')).length, {
          timeout: 10_000,
        })
        .toBe(2)
      owner.child.kill(signal)
      const { code, stdout } = await owner.ended
      expect({ code, stdout: stdout.toString() }).toEqual({ code: 5, stdout: 'child heard\nbye\n' })
      expect((await place.run(['get', 'k'])).code).toBe(1)
    },
  )

  test('Ctrl-C reaches the command, a second one too', async () => {
    await using place = await openPlace()
    const script = `
      trap 'echo again >> "$DIR/heard"; [ $(wc -l < "$DIR/heard") -ge 2 ] && exit 9' INT
      echo on > "$DIR/on"; while :; do sleep 0.05; done`
    const owner = place.start(['exec', 'k', '--', 'sh', '-c', script])
    for (const [file, lines] of [
      ['on', 1],
      ['heard', 1],
    ] as const) {
      await expect.poll(() => linesOf(place.file(file)).length, { timeout: 10_000 }).toBe(lines)
      owner.child.kill('SIGINT')
    }
    expect((await owner.ended).code).toBe(9)
  })

  test('an interrupted command gives 128 and the number of the signal, and frees its key, with --keep-failures too', async () => {
    await using place = await openPlace()
    const owner = place.start([
      'exec',
      '--keep-failures',
      'k',
      '--',
      'sh',
      '-c',
      'echo $$ > "$DIR/pids"; exec sleep 60',
    ])
    await expect.poll(() => pids(place).length, { timeout: 10_000 }).toBe(1)
    owner.child.kill('SIGTERM')
    expect((await owner.ended).code).toBe(143)
    expect(anyAlive(place)).toBe(false)
    expect((await place.run(['get', 'k'])).code).toBe(1)
  })

  test('a command that ends well when told to is done', async () => {
    await using place = await openPlace()
    const script =
      'trap "echo saved; exit 0" TERM; echo on > "$DIR/on"; while :; do sleep 0.05; done'
    const owner = place.start(['exec', 'k', '--', 'sh', '-c', script])
    await expect.poll(() => linesOf(place.file('on')).length, { timeout: 10_000 }).toBe(1)
    owner.child.kill('SIGTERM')
    expect((await owner.ended).code).toBe(0)
    expect((await place.run(['get', 'k'])).stdout).toContain('succeeded')
  })

  test('a waiting caller leaves on SIGINT with 130 and does not disturb the run', async () => {
    await using place = await openPlace()
    const args = [
      'exec',
      'k',
      '--',
      'sh',
      '-c',
      'echo $$ > "$DIR/pids"; while [ ! -e "$DIR/go" ]; do sleep 0.05; done; echo end',
    ]
    const owner = place.start(args)
    await expect.poll(() => pids(place).length, { timeout: 10_000 }).toBe(1)
    const wholeMs = await msOf(place.sh('other', 'echo on'))
    const waiter = place.start(args)
    // No file of ours tells when it has begun to wait.
    await new Promise((resolve) => setTimeout(resolve, 600 + 2 * wholeMs))
    waiter.child.kill('SIGINT')
    const left = await waiter.ended
    expect(left.code).toBe(130)
    expect(left.stderr.toString()).toBe('once: stopped by SIGINT\n')
    await place.run(['exec', 'go', '--', 'touch', place.file('go')])
    const { code, stdout } = await owner.ended
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'end\n' })
  })

  test('an owner that was stopped for longer than its lease ends its command and gives the outcome of its successor', async () => {
    await using place = await openPlace()
    const script = `
      if [ "$ONCE_ATTEMPT" = 1 ]; then echo $$ > "$DIR/pids"; echo first; exec sleep 300; fi
      echo "attempt $ONCE_ATTEMPT"`
    const args = ['exec', '--lease', '1s', 'k', '--', 'sh', '-c', script]
    const owner = place.start(args)
    await expect.poll(() => pids(place).length, { timeout: 10_000 }).toBe(1)
    owner.child.kill('SIGSTOP')
    const successor = await place.run(args)
    expect(successor).toEqual({ code: 0, stdout: 'attempt 2\n', stderr: '' })
    owner.child.kill('SIGCONT')
    const { code, stdout, stderr } = await owner.ended
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'first\nattempt 2\n' })
    expect(stderr.toString()).toContain('the lease was lost')
    expect(anyAlive(place)).toBe(false)
  })

  test('a key cleared by force during its run: the command is ended, and the caller told so', async () => {
    await using place = await openPlace()
    const script = 'trap "" TERM; echo $$ > "$DIR/pids"; exec sleep 300'
    const owner = place.start(['exec', '--lease', '2s', 'k', '--', 'sh', '-c', script])
    await expect.poll(() => pids(place).length, { timeout: 10_000 }).toBe(1)
    expect((await place.run(['clear', 'k'])).code).toBe(75)
    expect((await place.run(['clear', 'k', '--force'])).stdout).toBe('cleared k\n')
    const { code, stderr } = await owner.ended
    expect(code).toBe(75)
    expect(stderr.toString()).toMatch(/^once: .*lease.*\n$/)
    expect(anyAlive(place)).toBe(false)
  })

  test('what a command left in the background on purpose lives on, and no guardian stays', async () => {
    await using place = await openPlace()
    const script = 'sleep 300 </dev/null >/dev/null 2>&1 & echo $! > "$DIR/pids"'
    const owner = await place.run(['exec', 'k', '--', 'sh', '-c', script, 'marked-command'])
    expect(owner.code).toBe(0)
    const [left = 0] = pids(place)
    expect(isAlive(left)).toBe(true)
    const group = await place.sh(
      'look',
      `ps -eo pgid=,args= | grep marked-command | grep -v grep | grep -v 'ps -eo' || true`,
    )
    expect(group.stdout).toBe('')
    process.kill(left, 'SIGKILL')
  })
})
