import { sleep } from '@oncekit/core'
import type { Once } from '@oncekit/once'

import type { Arguments } from '../arguments/parse.ts'
import { EXIT } from '../exit-codes.ts'
import { failureOf } from '../failure.ts'
import { openStore } from '../open-store.ts'
import type { World } from '../world.ts'
import { look } from './look.ts'
import type { Look } from './look.ts'
import { watchRequestOf } from './request.ts'
import type { WatchRequest } from './request.ts'
import { jsonView, lineView, tableView } from './view.ts'
import type { View } from './view.ts'
import { Watched } from './watched.ts'

/** `once watch`: ends when it is told to, or when nobody reads it any more. */
export async function runWatch(args: Arguments, world: World): Promise<number> {
  const request = watchRequestOf(args)
  const leaving = new AbortController()
  using interrupts = new DisposableStack()
  interrupts.defer(world.onSignal(['SIGINT', 'SIGTERM', 'SIGHUP'], () => leaving.abort()))

  await using once = await openStore(args, world)
  const watched = new Watched(request)
  await using view = await viewFor(request, { once, world, watched })
  try {
    await watchOn({ once, request, watched, view, world, signal: leaving.signal })
  } catch (error) {
    if (!leaving.signal.aborted) throw error
  }
  return EXIT.ok
}

interface Watch {
  readonly once: Once
  readonly request: WatchRequest
  readonly watched: Watched
  readonly view: View
  readonly world: World
  readonly signal: AbortSignal
}

async function watchOn({ once, request, watched, view, world, signal }: Watch): Promise<void> {
  const left = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  left.catch(() => {})
  signal.throwIfAborted()
  let isAway = false
  let isPart = false
  while (!world.stdout.closed) {
    // A store that is away is waited for; whoever wants to leave is not.
    const seen = await Promise.race([lookOrReason(once, request, watched, signal), left])
    if (typeof seen === 'string') {
      if (!isAway) await view.storeAway(seen)
      isAway = true
    } else {
      if (isAway) await view.storeAway(undefined)
      isAway = false
      if (isPart === seen.complete) await view.onlyPart(!seen.complete)
      isPart = !seen.complete
      await view.changed(watched.take(seen, world.now()))
    }
    await sleep(request.intervalMs, { signal })
  }
}

/** What is there; or, when the store cannot be asked now, why not. */
async function lookOrReason(
  once: Once,
  request: WatchRequest,
  watched: Watched,
  signal: AbortSignal,
): Promise<Look | string> {
  try {
    return await look(once, request, watched.expected(), signal)
  } catch (error) {
    const failure = failureOf(error)
    if (signal.aborted || !failure.retryable) throw error
    return failure.message
  }
}

async function viewFor(
  { json, intervalMs }: WatchRequest,
  {
    once,
    world,
    watched,
  }: { readonly once: Once; readonly world: World; readonly watched: Watched },
): Promise<View> {
  if (json) return jsonView(world)
  if (!world.stdout.isTerminal || world.env['TERM'] === 'dumb') return lineView(world)
  const { details } = await once.health()
  return tableView(world, watched, `${details.address}  every ${intervalMs} ms, Ctrl-C ends`)
}
