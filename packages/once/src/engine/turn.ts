/**
 * The number of the turn that this process is in. Code of one turn has not heard of anything that came after the turn began, so what
 * it asks for together may be answered together.
 */
export function turnNow(): number {
  if (!isCounted) {
    isCounted = true
    // Before any code that could know more: that comes with an event, or behind an await.
    void RESOLVED.then(() => {
      turn += 1
      isCounted = false
    })
  }
  return turn
}

let turn = 0
let isCounted = false
const RESOLVED = Promise.resolve()
