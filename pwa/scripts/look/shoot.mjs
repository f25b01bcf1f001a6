// Photographs every screen at three sizes, in both languages, by day and by night, and lets axe-core look for barriers.
// Usage: npm run look [-- scene…]. Pictures go to e2e/screenshots/look/.
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { createServer } from 'vite'

const root = fileURLToPath(new URL('../..', import.meta.url))
const out = `${root}/e2e/screenshots/look`
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const sizes = { small: { width: 360, height: 640 }, phone: { width: 390, height: 844 }, wide: { width: 1280, height: 800 } }
const languages = { en: 'en-US', zh: 'zh-CN' }

const server = await createServer({ root, logLevel: 'error', server: { host: '127.0.0.1', port: 0, proxy: {} } })
await server.listen()
const base = `${server.resolvedUrls.local[0]}scripts/look/index.html`
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'] })
await mkdir(out, { recursive: true })

let barriers = 0
const first = await browser.newPage()
await first.goto(`${base}?scene=home`)
const names = process.argv.length > 2 ? process.argv.slice(2) : await first.evaluate(async () => Object.keys((await import('/scripts/look/scenes.ts')).scenes(() => null)))
for (const [size, viewport] of Object.entries(sizes)) {
  for (const [language, locale] of Object.entries(languages)) {
    for (const colorScheme of ['light', 'dark']) await shootAll({ size, viewport, language, locale, colorScheme })
  }
}
await browser.close()
await server.close()
process.exitCode = barriers > 0 ? 1 : 0

async function shootAll({ size, viewport, language, locale, colorScheme }) {
  const context = await browser.newContext({ viewport, locale, colorScheme, reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.on('pageerror', error => console.error(error.message))
  await page.route('**/api/v1/rooms/alm-hut', route => route.fulfill({ json: { room: 'alm-hut', peerCount: 2, passcodeRequired: false } }))
  for (const name of names) {
    await page.goto(`${base}?scene=${name}`)
    await page.waitForSelector('body[data-ready]')
    await page.waitForTimeout(waitMs(name))
    await page.screenshot({ path: `${out}/${name}-${size}-${language}-${colorScheme}.png` })
    await page.addScriptTag({ path: axe })
    const found = await page.evaluate(() => globalThis.axe.run().then(result => result.violations))
    for (const { id, help, nodes } of found) {
      barriers += 1
      console.log(`${name} ${size} ${language} ${colorScheme}: ${id}: ${help}\n  ${nodes.map(node => `${node.html.slice(0, 160)} ${node.failureSummary?.split('\n')[1] ?? ''}`).join('\n  ')}`)
    }
  }
  await context.close()
}

/** Pictures have to play, and what lasts only a moment is not said. */
function waitMs(name) {
  if (/gone|resuming|returning/.test(name)) return 2_200
  return /connect|preview/.test(name) ? 500 : 150
}
