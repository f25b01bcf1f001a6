// Real browsers against the real binary: `make build`, then `npm run e2e`. A failed test leaves what its people saw, their
// consoles and the server's log in .work/.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Compares how long things take: nothing else may be at work meanwhile. */
const alone = 'e2e/through/pace.test.ts'
/** Made of what the browsers measured. */
const tables = ['e2e/faults/table.test.ts', 'e2e/through/table.test.ts']

export default defineConfig({
  root,
  test: {
    // Two browsers in a call take 0.7 of a core: more at once would measure the machine, not the app.
    maxWorkers: 2,
    projects: [
      {
        root,
        test: {
          name: 'browsers',
          include: ['e2e/**/*.test.ts'],
          exclude: [alone, ...tables],
          environment: 'node',
          globalSetup: ['e2e/support/prerequisites.ts'],
          retry: 0,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      { root, test: { name: 'alone', include: [alone], environment: 'node', testTimeout: 120_000, hookTimeout: 60_000, sequence: { groupOrder: 1 } } },
      { root, test: { name: 'tables', include: tables, sequence: { groupOrder: 2 } } },
    ],
  },
})
