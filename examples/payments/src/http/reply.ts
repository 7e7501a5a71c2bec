import type { ServerResponse } from 'node:http'

/** An answer, not yet sent. */
export interface Reply {
  readonly status: number
  /** @defaultValue `content-type: application/json` */
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** For people who look at it in a terminal, too. */
export function json(status: number, value: unknown): Reply {
  return { status, body: `${JSON.stringify(value, null, 2)}\n` }
}

export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      ...headers,
    })
    .end(body)
}
