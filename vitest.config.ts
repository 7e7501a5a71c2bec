import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { testRoots } from './scripts/vitest/test-roots.ts'

const conditions = ['@oncekit/source']
const source = { resolve: { conditions }, ssr: { resolve: { conditions } } }
// Tests whose server this machine lacks: `npm test` finds that out, and names them.
const leftOut = (process.env['ONCEKIT_TEST_LEFT_OUT'] ?? '')
  .split(',')
  .filter((file) => file !== '')

// Units and integration are not isolated: half of the time of short files went into loading the same modules again.
export default defineConfig({
  ...source,
  test: {
    // Tests that talk to servers mostly wait.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          isolate: false,
          testTimeout: 30_000,
          // What is waited for may be late on a machine that is busy.
          expect: { poll: { timeout: 4_000 } },
          include: testRoots.map((root) => `${root}/test/**/*.test.ts`),
          exclude: ['**/node_modules/**', '**/*.{integration,proof}.test.ts'],
        },
      },
      {
        ...source,
        test: {
          name: 'proof',
          include: testRoots.map((root) => `${root}/test/**/*.proof.test.ts`),
          testTimeout: 600_000,
        },
      },
      {
        ...source,
        test: {
          name: 'integration',
          isolate: false,
          include: testRoots.map((root) => `${root}/test/**/*.integration.test.ts`),
          exclude: ['**/node_modules/**', ...leftOut],
          globalSetup: ['scripts/vitest/servers.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 10_000 } },
        },
      },
    ],
  },
})
