import { expect, test } from 'vitest'

import { isAlive, linesOf } from './once-process.ts'
import type { Place } from './place.ts'

/** What `once exec` promises on every store that several processes can share. */
export function sharedStorePromises(openPlace: () => Promise<Place>): void {
  test('twenty callers at once run the command once and all get its output and exit code', async () => {
    await using place = await openPlace()
    const script =
      'echo ran >> "$DIR/runs"; echo out $$; echo err $$ >&2; sleep 0.5; printf "no newline"'
    const callers = Array.from({ length: 20 }, () =>
      place.start(['exec', 'k', '--', 'sh', '-c', script]),
    )
    const ends = await Promise.all(callers.map((caller) => caller.ended))
    expect(linesOf(place.file('runs'))).toEqual(['ran'])
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([0]))
    expect(new Set(ends.map(({ stdout }) => stdout.toString())).size).toBe(1)
    expect(new Set(ends.map(({ stderr }) => stderr.toString())).size).toBe(1)
    expect(ends[0]?.stdout.toString()).toMatch(/^out \d+\nno newline$/)
    expect(ends[0]?.stderr.toString()).toMatch(/^err \d+\n$/)
  })

  test('with --keep-failures, callers at once run a failing command once and all get its exit code', async () => {
    await using place = await openPlace()
    const script = 'echo ran >> "$DIR/runs"; echo sorry >&2; sleep 0.3; exit 7'
    const callers = Array.from({ length: 5 }, () =>
      place.start(['exec', '--keep-failures', 'k', '--', 'sh', '-c', script]),
    )
    const ends = await Promise.all(callers.map((caller) => caller.ended))
    expect(linesOf(place.file('runs'))).toEqual(['ran'])
    expect(ends.map(({ code }) => code)).toEqual([7, 7, 7, 7, 7])
    expect(new Set(ends.map(({ stderr }) => stderr.toString()))).toEqual(new Set(['sorry\n']))
  })

  test('killed by -9, the owner takes its whole group along, and a waiting caller runs within the lease and a second', async () => {
    await using place = await openPlace()
    const leaseMs = 2000
    // The first attempt starts a grandchild, and neither wants to hear TERM.
    const script = `
      if [ "$ONCE_ATTEMPT" = 1 ]; then
        trap '' TERM
        sh -c 'trap "" TERM; echo $$ >> "$DIR/pids"; exec sleep 300' &
        echo $$ >> "$DIR/pids"
        wait
      else
        for pid in $(cat "$DIR/pids"); do ps -o stat= -p "$pid" | grep -qv Z && echo "$pid" >> "$DIR/overlap"; done
        echo "attempt $ONCE_ATTEMPT"
      fi`
    const args = ['exec', '--lease', `${leaseMs}ms`, 'k', '--', 'sh', '-c', script]
    const owner = place.start(args)
    await expect.poll(() => linesOf(place.file('pids')).length, { timeout: 10_000 }).toBe(2)
    const waiter = place.start(args)
    // Nothing tells that it waits. Were it later still, it would find the lease nearer to its end.
    await new Promise((resolve) => setTimeout(resolve, 1000))

    const killedAt = performance.now()
    owner.child.kill('SIGKILL')
    const { code, stdout } = await waiter.ended
    const tookMs = performance.now() - killedAt
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'attempt 2\n' })
    expect(tookMs).toBeLessThanOrEqual(leaseMs + 1000)
    expect(linesOf(place.file('pids')).map(Number).filter(isAlive)).toEqual([])
    expect(linesOf(place.file('overlap'))).toEqual([])
  })

  test('a caller that waited for a failing command runs it itself', async () => {
    await using place = await openPlace()
    const script =
      'echo "$ONCE_ATTEMPT" >> "$DIR/runs"; sleep 0.3; [ $(wc -l < "$DIR/runs") -ge 3 ] && echo third'
    const callers = Array.from({ length: 4 }, () =>
      place.start(['exec', 'k', '--', 'sh', '-c', script]),
    )
    const ends = await Promise.all(callers.map((caller) => caller.ended))
    expect(ends.map(({ code }) => code).toSorted((a, b) => Number(a) - Number(b))).toEqual([
      0, 0, 1, 1,
    ])
    expect(linesOf(place.file('runs')).length).toBe(3)
  })
}
