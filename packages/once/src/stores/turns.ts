/** What the answer of a batch asks for. */
export interface Turn {
  /** Callers it goes on with. */
  readonly callers: number
  /** Callers that may go on together in one turn. */
  readonly room: number
  readonly act: () => void
}

/** A batch has left, and its answer will take a turn. */
export function expectTurn(): void {
  expected++
}

/**
 * Acts now or, when enough others of this tick came first, once all that follows from those is done.
 *
 * The answers of one batch are thus dealt with to the end before those of the next: what their callers ask for next is on its
 * way, and the server busy with it, while this process sees to the others. It also keeps what belongs together in the cache.
 * Small batches whose answers come together share a turn, and so become a larger one.
 */
export function inTurn(turn: Turn): void {
  expected--
  if (isTaken && (waiting.length > 0 || turn.callers > room)) {
    waiting.push(turn)
    return
  }
  if (isTaken) room -= turn.callers
  else if (expected > 0) begin(turn)
  turn.act()
}

/** Answers to come. With none but the one at hand nobody else can want a turn. */
let expected = 0
let isTaken = false
/** What is left of the turn at hand. */
let room = 0
const waiting: Turn[] = []

function begin(first: Turn): void {
  isTaken = true
  room = first.room - first.callers
  // After the microtasks that the turn leaves behind: of ticks Node does one after the other before it comes to those.
  void RESOLVED.then(() => process.nextTick(next))
}

function next(): void {
  isTaken = false
  let turn = waiting.shift()
  if (turn === undefined) return
  begin(turn)
  turn.act()
  for (turn = waiting[0]; turn !== undefined && turn.callers <= room; turn = waiting[0]) {
    waiting.shift()
    room -= turn.callers
    turn.act()
  }
}

const RESOLVED = Promise.resolve()
