// Makes the PNG icons out of public/icons/mark.svg. Run it by hand after changing the mark, and commit what it writes.
import { readFile, writeFile } from 'node:fs/promises'
import { chromium } from 'playwright-core'

const folder = new URL('../public/icons/', import.meta.url)
const svg = await readFile(new URL('mark.svg', folder), 'utf8')
const square = svg.replace(/ rx="\d+"/, '') // phones cut their own shape
/** A maskable icon keeps to the inner 80 %: the ground is bled out, the mark drawn smaller. */
const maskable = square.replace('translate(8.64 8.8) scale(.73)', 'translate(14.08 14.2) scale(.56)')

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
const page = await browser.newPage()
for (const [name, image, size] of [['icon-192', svg, 192], ['icon-512', svg, 512], ['maskable-512', maskable, 512], ['apple-touch-icon', square, 180]]) {
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${image}`)
  await writeFile(new URL(`${name}.png`, folder), await page.screenshot({ omitBackground: true }))
}
await browser.close()
