import type { World } from '../world.ts'
import { paintFor } from '../terminal/paint.ts'
import type { Change } from './changes.ts'
import { changeJson, changeLine, eventJson } from './lines.ts'
import { LISTED_AT_MOST } from './look.ts'
import { screen } from './screen.ts'
import type { Watched } from './watched.ts'

/** Shows what a watch sees. */
export interface View extends AsyncDisposable {
  changed(changes: readonly Change[]): Promise<void>
  /** The store cannot be asked, for this reason; `undefined`: it can again. Told when it changes. */
  storeAway(message: string | undefined): Promise<void>
  /** There are more keys than are looked at. Told when it changes. */
  onlyPart(isPart: boolean): Promise<void>
}

/** A line for each change, for people. */
export function lineView(world: World): View {
  const { stdout, stderr } = world
  const paint = paintFor(stdout, world)
  return {
    async changed(changes) {
      const now = world.now()
      await stdout.write(changes.map((change) => changeLine(change, paint, now)).join(''))
    },
    storeAway: (message) => stderr.write(`once: ${awayNote(message) ?? 'the store is back'}\n`),
    onlyPart: (isPart) => stderr.write(`once: ${isPart ? PART : 'all keys are looked at again'}\n`),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** A line for each change, for machines. */
export function jsonView(world: World): View {
  const { stdout } = world
  const now = (): number => world.now()
  return {
    changed: (changes) => stdout.write(changes.map((change) => changeJson(change, now())).join('')),
    storeAway: (message) =>
      stdout.write(
        message === undefined
          ? eventJson('store back', now())
          : eventJson('store away', now(), { message }),
      ),
    onlyPart: (isPart) => stdout.write(eventJson(isPart ? 'only a part' : 'all again', now())),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** A table that is drawn again and again, on the terminal's second screen, so that the first is as it was afterwards. */
export function tableView(world: World, watched: Watched, title: string): View {
  const { stdout } = world
  const paint = paintFor(stdout, world)
  let away: string | undefined
  let isPart = false
  const draw = (): Promise<void> => {
    const notes = [...(away === undefined ? [] : [away]), ...(isPart ? [PART] : [])]
    const nowMs = world.now()
    const scene = { title, notes, entries: watched.entries(nowMs), nowMs }
    const lines = screen(scene, stdout.size, paint)
    return stdout.write(`${HOME}${lines.map((line) => line + REST_OF_LINE).join('\n')}${REST}`)
  }
  void stdout.write(ENTER)
  // Oftener than it is looked, so that a lease is seen to count down.
  const timer = setInterval(() => void draw(), REDRAW_MS)
  return {
    changed: () => draw(),
    storeAway: (message) => {
      away = awayNote(message)
      return draw()
    },
    onlyPart: (part) => {
      isPart = part
      return draw()
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await stdout.write(LEAVE)
    },
  }
}

function awayNote(message: string | undefined): string | undefined {
  return message === undefined
    ? undefined
    : `the store is away, what is shown is old; trying again: ${message.replace(/\s+/g, ' ')}`
}

const PART = `there are more keys than are looked at (${LISTED_AT_MOST}, or 2s): narrow it with a PREFIX`
const REDRAW_MS = 250

// xterm's control sequences: the second screen, no cursor, lines that do not wrap.
const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l'
const LEAVE = '\u001B[?7h\u001B[?25h\u001B[?1049l'
const HOME = '\u001B[H'
const REST_OF_LINE = '\u001B[K'
const REST = '\u001B[J'
