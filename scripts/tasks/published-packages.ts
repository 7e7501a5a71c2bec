import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Folders of the packages that go to the registry. */
export async function publishedPackages(root: string): Promise<string[]> {
  const manifests = await Array.fromAsync(glob('{packages,apps}/*/package.json', { cwd: root }))
  const published: string[] = []
  for (const manifest of manifests.toSorted()) {
    const { private: isPrivate }: { private?: boolean } = JSON.parse(
      await readFile(join(root, manifest), 'utf8'),
    )
    if (isPrivate !== true) published.push(join(root, dirname(manifest)))
  }
  return published
}
