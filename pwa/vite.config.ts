// How the app is built. The server embeds dist/ and sends a strict CSP, so nothing here may inline a script or a style.
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { manifest } from './manifest.config.ts'

/** Where `npm run dev` finds a running `yodel serve`. */
const server = process.env['YODEL_DEV_SERVER'] ?? 'http://127.0.0.1:8443'

export default defineConfig({
  base: '/',
  plugins: [
    vue(),
    tailwindcss(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src/sw',
      filename: 'sw.ts',
      injectRegister: false, // src/composables/useUpdatePrompt.ts registers it; an injected script would break the CSP
      manifest,
      includeManifestIcons: false, // of the icons, a start without network needs those below
      injectManifest: {
        globPatterns: ['**/*.{html,js,css,svg}', 'icons/icon-192.png'],
        // The server has the page at its routes only, never at /index.html.
        manifestTransforms: [entries => ({ manifest: entries.map(entry => entry.url === 'index.html' ? { ...entry, url: '/' } : entry) })],
      },
    }),
  ],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // no data: URLs
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': { target: server, changeOrigin: true, secure: false } } },
})
