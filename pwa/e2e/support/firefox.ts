// Firefox by Puppeteer over WebDriver BiDi: one browser for a file, a context of its own for each person.
import puppeteer, { type Browser } from 'puppeteer-core'
import { firefoxPath } from './paths'

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
