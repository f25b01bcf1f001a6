// Real browsers against the real binary: `make build`, then `npm run e2e`. A failed test leaves what its people saw, their
// consoles and the server's log in .work/.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    name: 'browsers',
    include: ['e2e/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['e2e/support/prerequisites.ts'],
    // Two browsers in a call take 0.7 of a core: more at once would measure the machine, not the app.
    maxWorkers: 2,
    retry: 0,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
