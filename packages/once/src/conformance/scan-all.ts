import type { OnceStore, ScanPage, ScanRequest } from '../store.ts'

export type Scanned = ScanPage['entries'][number]

/** All pages of a scan, each key once. */
export async function scanAll(store: OnceStore, request: ScanRequest): Promise<readonly Scanned[]> {
  const entries = new Map<string, Scanned>()
  for await (const page of pages(store, request)) {
    for (const entry of page.entries) entries.set(entry.key, entry)
  }
  return [...entries.values()]
}

export async function* pages(store: OnceStore, request: ScanRequest): AsyncGenerator<ScanPage> {
  let page = await store.scan(request)
  yield page
  while (page.cursor !== null) {
    page = await store.scan({ ...request, cursor: page.cursor })
    yield page
  }
}
