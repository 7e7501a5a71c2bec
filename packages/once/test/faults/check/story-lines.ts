import type { KeyEvent } from '../events.ts'
import type { KeyStory } from './key-story.ts'

/** What happened to a key, one line for each event, with seconds since the first. */
export function linesOf({ events, firstAt }: KeyStory): readonly string[] {
  return events.map((event) => {
    const seconds = ((event.at - firstAt) / 1000).toFixed(3).padStart(8)
    return `${seconds}  ${event.worker.padEnd(4)}  ${sentenceOf(event)}`
  })
}

function sentenceOf(event: KeyEvent): string {
  switch (event.type) {
    case 'call':
      return `${event.call} calls with payload ${event.payload}${event.waits ? '' : ', will not wait'}`
    case 'end': {
      const { call, value, code, thrownBy, message, left, replayed, leaseLost } = event
      if (left === true) return `${call} has left`
      if (value === undefined) {
        return `${call} rejects: ${code ?? message ?? `the error of ${thrownBy}`}`
      }
      const how = `${replayed === true ? ', replayed' : ''}${leaseLost === true ? ', its own lease lost' : ''}`
      return `${call} resolves with the value of ${value.run} (${value.digest})${how}`
    }
    case 'run':
      return `${event.run} starts for ${event.call}: fence ${event.fence}, attempt ${event.attempt}`
    case 'abort':
      return `${event.run} is told to stop`
    case 'ran':
      return event.digest === undefined
        ? `${event.run} throws`
        : `${event.run} returns (${event.digest})`
    case 'claim':
      return `is granted claim ${event.fence} (token ${event.token}), attempt ${event.attempt}${event.takeover ? ', a takeover' : ''}${ago(event)}`
    case 'step':
      return `${event.verb} by token ${event.token}: ${event.answer}${ago(event)}`
    case 'sent':
      return `${event.verb} by token ${event.token} is sent`
    case 'clear':
      return `${event.id} clears${event.force ? ' by force' : ''}`
    case 'cleared':
      return `${event.id} ends: ${event.answer}`
    case 'charge':
      return `${event.run} charges under fence ${event.fence}: ${event.decision}`
    default:
      return event satisfies never
  }
}

function ago({ at, sentAt }: { readonly at: number; readonly sentAt: number }): string {
  return ` (asked ${(at - sentAt).toFixed()} ms before)`
}
