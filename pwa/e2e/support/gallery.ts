// Pictures of screens, in both shapes and where asked for in the dark, and what axe has to say about each.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import axe, { type AxeResults } from 'axe-core'
import { expect } from 'vitest'
import { type ChromiumPerson, desk, phone } from './chromium'
import { screenshotsDir } from './paths'

const shapes = { phone, desk }

/** Shoots `<name>-<shape>-<language>[-dark].png`; zero accessibility violations in light and dark, small and large. */
export async function shoot(person: ChromiumPerson, name: string, { dark = false } = {}): Promise<void> {
  const { page } = person
  const language = await page.evaluate(() => document.documentElement.lang)
  await mkdir(screenshotsDir, { recursive: true })
  for (const scheme of dark ? ['light', 'dark'] as const : ['light'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    for (const [shape, viewport] of Object.entries(shapes)) {
      await page.setViewportSize(viewport)
      const file = [name, shape, language, ...(scheme === 'dark' ? ['dark'] : [])].join('-')
      await page.screenshot({ path: join(screenshotsDir, `${file}.png`) })
      expect(await sideways(person), `${file} scrolls sideways`).toBe(false)
      if ((shape === 'phone') === (scheme === 'light')) expect(await violations(person), `what axe finds in ${file}`).toEqual([])
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(phone)
}

function sideways(person: ChromiumPerson): Promise<boolean> {
  return person.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
}

async function violations(person: ChromiumPerson): Promise<string[]> {
  const { page } = person
  if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: { run(root: Document, options: object): Promise<AxeResults> } }).axe.run(document, { resultTypes: ['violations'] })
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary ?? ''}`))
  })
}
