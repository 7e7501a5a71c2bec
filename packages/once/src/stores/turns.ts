/**
 * Does work now or, when other work was begun in this tick, once all that follows from that is done.
 *
 * The answers of one batch are thus dealt with to the end before those of the next: what their callers ask for next is on its
 * way, and the server busy with it, while this process sees to the others. It also keeps what belongs together in the cache.
 */
export function inTurn(work: () => void): void {
  if (isTaken) {
    waiting.push(work)
    return
  }
  isTaken = true
  // After the microtasks that the work leaves behind.
  process.nextTick(next)
  work()
}

const waiting: (() => void)[] = []
let isTaken = false

function next(): void {
  const work = waiting.shift()
  if (work === undefined) {
    isTaken = false
    return
  }
  process.nextTick(next)
  work()
}
