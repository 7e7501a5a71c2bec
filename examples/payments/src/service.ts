import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Once } from '@oncekit/once'
import { paymentsApi } from './api.ts'
import { listen } from './http/listen.ts'
import { Ledger } from './ledger.ts'
import type { Options } from './options.ts'

/** A payments service that is up. Disposing of it ends it in order: answers first, files last. */
export interface Service extends AsyncDisposable {
  readonly url: string
  /** Where it is kept which payments were made, without secrets. */
  readonly store: string
  /** The file of the bank, so to speak. */
  readonly ledger: string
}

export async function startService(options: Options): Promise<Service> {
  await using opened = new AsyncDisposableStack()
  const { folder, store = `sqlite:${join(folder, 'once.db')}`, paymentMs } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })

  const file = join(folder, 'ledger.db')
  const ledger = opened.use(new Ledger(file, { paymentMs }))
  const once = opened.use(
    await Once.create({
      ...Once.defaultConfig('production'),
      store,
      serviceName: 'payments',
      prefix: 'payments',
      // Short, so that one can watch a payment being taken over from a process that was killed.
      lease: '5s',
    }),
  )
  const { details } = await once.health()
  const { url } = opened.use(await listen(paymentsApi({ once, ledger }), options.port))

  const service = opened.move()
  return {
    url,
    store: details.address,
    ledger: file,
    [Symbol.asyncDispose]: () => service.disposeAsync(),
  }
}
