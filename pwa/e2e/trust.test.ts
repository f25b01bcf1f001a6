// Yodel by an address in the local network, with certificates of its own: what a device sees that does not trust them
// yet, and that trusting them once is enough for everything.
import { expect, test } from 'vitest'
import { useHouse } from './support/house'
import { shoot } from './support/gallery'
import { hearsAndSees } from './support/media'
import type { ChromiumPerson } from './support/chromium'
import type { Server } from './support/server'
import { inTheNetwork, trustingChromium } from './support/trusting'
import { until } from './support/until'

const house = useHouse()

/** What somebody types, or scans. */
const plainly = (server: Server) => server.url.replace('https:', 'http:')
const at = (person: ChromiumPerson) => new URL(person.page.url())
const signWidth = (person: ChromiumPerson) => person.page.locator('img').evaluate((sign: HTMLImageElement) => sign.complete ? sign.naturalWidth : null)

async function theCertificate(server: Server): Promise<Uint8Array> {
  const answer = await fetch(`${plainly(server)}/yodel-ca.crt`)
  expect(answer.headers.get('content-type')).toBe('application/x-x509-ca-cert')
  return new Uint8Array(await answer.arrayBuffer())
}

test('a device that does not trust us yet is told how to, in its language, and is not warned of anything', async () => {
  const server = await house.serverAt(inTheNetwork(), '--tls=local')
  const anna = await house.chromium({ url: plainly(server) }, 'Anna', { locale: 'zh-CN' })
  await anna.window.goto(`${plainly(server)}/r/valley`)
  expect(at(anna)).toMatchObject({ protocol: 'http:', pathname: '/trust', search: '?to=%2Fr%2Fvalley' })
  expect(await anna.page.locator('h1').innerText()).toBe('只需一步，只做一次')
  await until('the sign of trust is looked for, and not found', () => signWidth(anna), width => width === 0)
  await shoot(anna, 'trust', { dark: true })
  await anna.page.getByText('English').click()
  expect(await anna.page.locator('h1').innerText()).toBe('One step, once')
  await shoot(anna, 'trust')
  expect(anna.console.filter(line => !line.includes('ERR_CERT_AUTHORITY_INVALID'))).toEqual([])
  await expect(anna.page.getByRole('link', { name: 'Open Yodel', exact: true }).click().then(() => anna.page.waitForURL(/^https:/, { timeout: 3000 }))).rejects.toThrow()
  await expect(anna.page.goto(server.url)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID')
})

test('a device that trusts us calls by the address in the network, on a secure page, without a flag', async () => {
  const server = await house.serverAt(inTheNetwork(), '--tls=local')
  const { browser, clean } = await trustingChromium(await theCertificate(server))
  house.later(() => browser.close().then(clean))
  const anna = await house.chromiumIn(browser, server, 'Anna')
  await anna.window.goto(`${plainly(server)}/r/valley?name=Anna`)
  await until('the sign of trust is seen', () => signWidth(anna), width => width !== null && width > 0)
  await shoot(anna, 'trusted')
  await anna.page.getByRole('link', { name: 'Open Yodel', exact: true }).click()
  await anna.page.waitForURL(`${server.url}/r/valley**`)
  expect(await anna.window.evaluate(() => [isSecureContext, 'mediaDevices' in navigator, 'serviceWorker' in navigator])).toEqual([true, true, true])
  await until('the service worker is ready', () => anna.window.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.state ?? null), state => state === 'activated')
  await anna.tap('join')
  await anna.is('idle')
  const ben = await (await house.chromiumIn(browser, server, 'Ben')).enter('valley')
  await anna.tap('call')
  await ben.is('ringing')
  await ben.tap('accept')
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
})

test('with no certificate at all the app says so before anything is begun, and what to do', async () => {
  const server = await house.serverAt(inTheNetwork(), '--tls=off')
  const anna = await house.chromium(server, 'Anna')
  await anna.window.goto(server.url)
  expect(await anna.window.evaluate(() => isSecureContext)).toBe(false)
  await anna.isTold('insecure-origin', /not secure \(https\)[^]*https:\/\/[^]*--tls=local/)
  await shoot(anna, 'home-insecure')
  await anna.open('valley')
  await anna.isTold('insecure-origin', /not secure \(https\)[^]*https:\/\/[^]*--tls=local/)
  await anna.enter('valley')
})
