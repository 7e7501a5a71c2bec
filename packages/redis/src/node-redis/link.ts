import { RESP_TYPES } from 'redis'
import { asError } from '../as-error.ts'
import type { Link, Outgoing, RawReply } from '../link.ts'
import type { NodeRedisClient } from './client.ts'

/** Strings as bytes; the containers of RESP3, which an injected client may speak, as arrays. */
const asBytes = {
  typeMapping: {
    [RESP_TYPES.BLOB_STRING]: Buffer,
    [RESP_TYPES.SIMPLE_STRING]: Buffer,
    [RESP_TYPES.VERBATIM_STRING]: Buffer,
    [RESP_TYPES.DOUBLE]: Buffer,
    [RESP_TYPES.BIG_NUMBER]: Buffer,
    [RESP_TYPES.BOOLEAN]: Number,
    [RESP_TYPES.MAP]: Array,
    [RESP_TYPES.SET]: Array,
  },
}

/** Commands over a connected node-redis client, which gathers the writes of one turn by itself. */
export class NodeRedisLink implements Link {
  readonly #client: NodeRedisClient
  readonly #destroy: () => void

  constructor(client: NodeRedisClient, destroy: () => void) {
    this.#client = client
    this.#destroy = destroy
  }

  send(outgoing: Outgoing): void {
    this.#client.sendCommand([...outgoing.args], asBytes).then(
      (reply) => outgoing.replied(reply as RawReply), // what the mapping above leaves possible
      (error: unknown) => outgoing.failed(asError(error)),
    )
  }

  destroy(): void {
    this.#destroy()
  }
}
