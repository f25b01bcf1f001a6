// The web app manifest: what a phone shows once Yodel is installed.
import type { ManifestOptions } from 'vite-plugin-pwa'

export const manifest: Partial<ManifestOptions> = {
  id: '/',
  name: 'Yodel',
  short_name: 'Yodel',
  description: 'A video call that gets through.',
  start_url: '/',
  scope: '/',
  display: 'standalone',
  theme_color: '#0b6b4b',
  lang: 'en',
  background_color: '#0a1512',
  categories: ['communication', 'social'],
  icons: [
    { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png', purpose: 'any' },
    { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any' },
    { src: '/icons/maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
    { src: '/icons/mark.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
  ],
}
