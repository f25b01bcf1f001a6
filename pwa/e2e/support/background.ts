// A Chromium that treats what nobody looks at as it does on a person's desk: Playwright's pages believe that they are
// always looked at, and both tools switch off what browsers do to background tabs.
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import { fakeDevices } from './chromium'
import { chromiumPath } from './paths'

export function launchDesk(): Promise<Browser> {
  return puppeteer.launch({
    executablePath: chromiumPath,
    ignoreDefaultArgs: ['--disable-background-timer-throttling', '--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding'],
    args: ['--no-sandbox', '--disable-gpu', '--mute-audio', '--autoplay-policy=no-user-gesture-required', ...fakeDevices],
  })
}

/** Another tab comes in front of it; resolves with the way to look at it again. */
export async function putAway(page: Page): Promise<() => Promise<void>> {
  const other = await page.browserContext().newPage()
  await other.bringToFront()
  return async () => {
    await page.bringToFront()
    await other.close()
  }
}

/** What a phone does to a page in its pocket (Page Lifecycle): no task of it runs until it is thawed. */
export async function freeze(page: Page): Promise<() => Promise<void>> {
  const devtools = await page.createCDPSession()
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
  return async () => {
    await devtools.send('Page.setWebLifecycleState', { state: 'active' })
    await devtools.detach()
  }
}
