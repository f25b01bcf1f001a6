// Firefox by Puppeteer over WebDriver BiDi: one browser for a file, a context of its own for each person.
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import { recordCaptures } from './media'
import { firefoxPath } from './paths'
import { Person, type Window } from './person'

export function launchFirefox(): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: firefoxPath,
    headless: true,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
      'media.gmp-manager.updateEnabled': false,
      'intl.accept_languages': 'en-GB',
    },
  })
}

/** Somebody with Firefox. */
export async function firefoxPerson(browser: Browser, name: string, url: string): Promise<Person> {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  const lines: string[] = []
  page.on('console', message => lines.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', error => lines.push(`uncaught: ${error instanceof Error ? error.stack ?? error.message : String(error)}`))
  await page.evaluateOnNewDocument(recordCaptures)
  return new Person(name, windowOf(page), url, lines)
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
