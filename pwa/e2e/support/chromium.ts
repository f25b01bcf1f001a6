// Chromium by Playwright: one browser for a file, a context of its own for each person.
import { type Browser, type BrowserContext, chromium, type BrowserContextOptions, type LaunchOptions, type Page } from 'playwright-core'
import { recordCaptures } from './media'
import { chromiumPath } from './paths'
import { Person, type Window } from './person'

/** Another host for the same server: an origin that is not secure. */
export const insecureHost = 'phone.test'

/** Camera and microphone as test pictures and beeps, and a person who always says yes. */
export const fakeDevices = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']
/** The same devices, but only the context's own `permissions` open them. */
export const guardedDevices = ['--use-fake-device-for-media-stream']
export const noCamera = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream=device-count=0']
const args = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run',
  '--no-default-browser-check', '--disable-domain-reliability', '--metrics-recording-only', '--no-pings', '--mute-audio',
  '--disable-features=OptimizationHints,MediaRouter,Translate', '--autoplay-policy=no-user-gesture-required', `--host-resolver-rules=MAP ${insecureHost} 127.0.0.1`,
]

export const launchOptions = (flags: readonly string[] = fakeDevices, executablePath = chromiumPath) => ({
  executablePath, headless: true, ignoreDefaultArgs: ['--headless', '--hide-scrollbars', '--mute-audio'], args: [...args, ...flags],
})

export type Proxy = NonNullable<LaunchOptions['proxy']>

export function launchChromium(flags?: readonly string[], executablePath?: string, proxy?: Proxy): Promise<Browser> {
  return chromium.launch({ ...launchOptions(flags, executablePath), ...(proxy && { proxy }) })
}

export type ContextOptions = Pick<BrowserContextOptions, 'locale' | 'colorScheme' | 'viewport' | 'permissions' | 'proxy' | 'ignoreHTTPSErrors'>

export const phone = { width: 390, height: 844 }
export const desk = { width: 1280, height: 800 }

/** Somebody with Chromium; `page` is there for what only Playwright can do. */
export class ChromiumPerson extends Person {
  constructor(name: string, readonly page: Page, url: string) {
    super(name, windowOf(page), url)
    page.on('console', message => this.console.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', error => this.console.push(`uncaught: ${error.stack ?? error.message}`))
  }
}

export async function newContext(browser: Browser, options: ContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: phone, locale: 'en-GB', reducedMotion: 'reduce', ...options })
  await context.addInitScript(recordCaptures)
  return context
}

function windowOf(page: Page): Window {
  return {
    goto: async (url) => { await page.goto(url) },
    reload: async () => { await page.reload() },
    click: (selector, timeout) => page.locator(selector).first().click({ timeout }),
    fill: (selector, text, timeout) => page.locator(selector).first().fill(text, { timeout }),
    evaluate: (work, ...args) => page.evaluate(`(${work.toString()})(...${JSON.stringify(args)})`),
    screenshot: async (path) => { await page.screenshot({ path }) },
    close: () => page.close(),
  }
}
