// What Puppeteer's pages are to a Person.
import type { Browser, Page } from 'puppeteer-core'
import { recordCaptures } from './media'
import { Person, type Window } from './person'

/** Somebody new with a context of their own; `scripts` run in the page before its own. */
export async function puppeteerPerson(browser: Browser, name: string, url: string, scripts: readonly (() => void)[] = []): Promise<{ person: Person, page: Page }> {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  const lines: string[] = []
  page.on('console', message => lines.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', error => lines.push(`uncaught: ${error instanceof Error ? error.stack ?? error.message : String(error)}`))
  for (const script of [recordCaptures, ...scripts]) await page.evaluateOnNewDocument(script)
  return { person: new Person(name, windowOf(page), url, lines), page }
}

function windowOf(page: Page): Window {
  return {
    goto: async (url) => { await page.goto(url) },
    reload: async () => { await page.reload() },
    click: (selector, timeout) => page.locator(selector).setTimeout(timeout).click(),
    fill: (selector, text, timeout) => page.locator(selector).setTimeout(timeout).fill(text),
    evaluate: (work, ...args) => page.evaluate(`(${work.toString()})(...${JSON.stringify(args)})`) as ReturnType<Window['evaluate']> as Promise<never>,
    screenshot: async (path) => { await page.screenshot({ path: path as `${string}.png` }) },
    close: () => page.close(),
  }
}
