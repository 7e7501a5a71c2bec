import type { World } from '../world.ts'
import type { Output } from './output.ts'

type Colour = (text: string) => string

/** Text in colour, or as it is. */
export interface Paint {
  readonly bold: Colour
  readonly dim: Colour
  readonly red: Colour
  readonly green: Colour
  readonly yellow: Colour
  readonly cyan: Colour
}

/** Colours for a terminal, unless `NO_COLOR` (https://no-color.org) or a dumb terminal forbids them. */
export function paintFor(output: Output, world: Pick<World, 'env'>): Paint {
  const { NO_COLOR = '', TERM } = world.env
  const inColour = output.isTerminal && NO_COLOR === '' && TERM !== 'dumb'
  const colour =
    (open: number, close: number): Colour =>
    (text) =>
      inColour ? `\u001B[${open}m${text}\u001B[${close}m` : text
  return {
    bold: colour(1, 22),
    dim: colour(2, 22),
    red: colour(31, 39),
    green: colour(32, 39),
    yellow: colour(33, 39),
    cyan: colour(36, 39),
  }
}
