/** Folders that hold a `test` folder; `*.integration.test.ts` in it needs servers, the rest does not. */
export const testRoots: readonly string[] = [
  'packages/*',
  'apps/*',
  'examples/*',
  'bench',
  'scripts',
]
