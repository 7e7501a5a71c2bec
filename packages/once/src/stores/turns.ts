/** A batch has left, and its answer will take a turn. */
export function expectTurn(): void {
  expected++
}

/**
 * Does what a batch's answer asks for: now or, when another answer of this tick came first, once all that follows from that is done.
 *
 * The answers of one batch are thus dealt with to the end before those of the next: what their callers ask for next is on its
 * way, and the server busy with it, while this process sees to the others. It also keeps what belongs together in the cache.
 */
export function inTurn(work: () => void): void {
  expected--
  if (isTaken) {
    waiting.push(work)
    return
  }
  if (expected > 0) {
    isTaken = true
    passOn()
  }
  work()
}

/** Answers to come. With none but the one at hand nobody else can want a turn. */
let expected = 0
const waiting: (() => void)[] = []
let isTaken = false

function next(): void {
  const work = waiting.shift()
  if (work === undefined) {
    isTaken = false
    return
  }
  passOn()
  work()
}

/** To the next, after the microtasks that the work at hand leaves behind: of ticks Node does one after the other before it turns to those. */
function passOn(): void {
  void RESOLVED.then(() => process.nextTick(next))
}

const RESOLVED = Promise.resolve()
