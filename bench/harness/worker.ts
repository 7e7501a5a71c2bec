// One subject in a process of its own: does what it is told, when it is told.
// node worker.ts <subject> <options as JSON>
import { openSubject } from '../subjects/index.ts'
import { obey } from './obey.ts'
import { runSlice } from './slice.ts'
import type { Answer, Order, SubjectOptions, Work } from './subject.ts'

const [, , name = '', options = ''] = process.argv
const subject = await openSubject(name, JSON.parse(options) as SubjectOptions)
let work: Work | undefined
let callers = 1

obey(
  async (message): Promise<Answer> => {
    const order = message as Order
    if (order.kind === 'begin') {
      callers = order.callers
      work = await subject.begin(order.work, callers)
      return {}
    }
    if (work === undefined) throw new Error(`${name} was given no work`)
    return { figure: await runSlice(work, order.callers ?? callers, order.ms) }
  },
  () => subject[Symbol.asyncDispose](),
)
