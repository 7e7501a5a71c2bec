/**
 * Folders that hold a `test` folder. In it `*.integration.test.ts` needs servers, `*.proof.test.ts` needs minutes of thinking and
 * nothing else, and the rest is quick.
 */
export const testRoots: readonly string[] = [
  'packages/*',
  'apps/*',
  'examples/*',
  'bench',
  'scripts',
]
