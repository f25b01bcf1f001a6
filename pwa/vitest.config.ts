// Unit tests. What needs no page runs in plain Node; screens run in happy-dom. Real browsers: e2e/.
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const plain = ['src/protocol/**/*.test.ts', 'src/call/**/*.test.ts']

export default defineConfig({
  plugins: [vue()],
  server: { fs: { allow: ['..'] } }, // openapi.yaml, whose problems the app has sentences for
  test: {
    // A session ends all that listens, a dozen in all, by one AbortSignal; Node takes more than ten for a leak.
    execArgv: ['--disable-warning=MaxListenersExceededWarning'],
    projects: [
      { extends: true, test: { name: 'logic', include: plain, environment: 'node' } },
      { extends: true, test: { name: 'screens', include: ['src/**/*.test.ts'], exclude: plain, environment: 'happy-dom' } },
    ],
  },
})
