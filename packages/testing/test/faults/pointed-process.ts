/** Reaches one point again and again, says what it is told to, and dies when asked. */
import { writeSync } from 'node:fs'
import { HISTORY_FD, NamedPoints } from '@oncekit/testing'

/** What it can be told. */
export interface PointedOrder {
  readonly arm?: 'stop' | 'kill'
  readonly say?: string
  readonly end?: true
  readonly fail?: true
}

const say = (what: string): void => void writeSync(HISTORY_FD, `${JSON.stringify(what)}\n`)
const points = new NamedPoints<'turn'>((point, harm) => say(`${harm} at ${point}`))

process.on('message', (order: PointedOrder) => {
  if (order.arm !== undefined) points.arm('turn', order.arm)
  if (order.say !== undefined) say(order.say)
  if (order.end === true) process.exit()
  if (order.fail === true) process.exit(3)
})
setInterval(() => points.reach('turn'), 5)
say((JSON.parse(process.argv[2] ?? '') as { greeting: string }).greeting)
