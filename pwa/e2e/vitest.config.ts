// Real browsers against the real binary: `make build`, then `npm run e2e`. A failed test leaves what its people saw, their
// consoles and the server's log in .work/.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))
const tableOfFaults = 'e2e/faults/table.test.ts'

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
          exclude: [tableOfFaults],
          environment: 'node',
          globalSetup: ['e2e/support/prerequisites.ts'],
          retry: 0,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      { root, test: { name: 'table', include: [tableOfFaults], sequence: { groupOrder: 1 } } }, // of what the browsers measured
    ],
  },
})
