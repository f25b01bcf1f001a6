// What the page /check says of UDP: where it gets through, where the network drops it, and where the browser itself may not
// use it. Browsers show an answer in different ways, and one of them not at all.
import { expect, test } from 'vitest'
import { visit } from './support/check'
import { fakeDevices, guardedDevices, launchChromium } from './support/chromium'
import { freePort } from './support/daemon'
import { launchFirefox } from './support/firefox'
import { shoot } from './support/gallery'
import { useHouse } from './support/house'
import { routerAddress } from './support/namespaces'
import { puppeteerPerson } from './support/puppeteer'
import { startSquid } from './support/squid'
import { inTheNetwork } from './support/trusting'

const house = useHouse()

const works = { 'stun-udp': 'works', 'turn-udp': 'works', 'turn-tcp': 'works' }
const noUdp = { 'stun-udp': 'fails', 'turn-udp': 'fails', 'turn-tcp': 'works' }

/** Somebody in a network without NAT, in which a server is. */
async function inLan(devices: readonly string[]) {
  const network = await house.network()
  const server = await house.serverIn(network)
  const browser = await launchChromium([...devices, `--unsafely-treat-insecure-origin-as-secure=${server.url}`], (await network.roamer()).chromium)
  house.later(() => browser.close())
  return { network, server, anna: await house.chromiumIn(browser, server, 'Anna') }
}

test.each([['shown, so that an answer is no candidate of its own', fakeDevices], ['hidden', guardedDevices]])('no NAT, and the host’s address is %s: UDP works', async (_, devices) => {
  const { server, anna } = await inLan(devices)
  expect((await visit(anna, server.url)).states).toMatchObject(works)
})

test('the page comes through a proxy and UDP does not: UDP works', async () => {
  const port = await freePort()
  const { network, server, anna } = await inLan([...fakeDevices, `--proxy-server=http://${routerAddress}:${port}`])
  const squid = await startSquid({ enter: network.place.enter, port, rules: 'http_access allow all\n' })
  house.later(() => squid.close())
  expect((await visit(anna, server.url)).states).toMatchObject(works)
})

test.each([['shown', fakeDevices], ['hidden', guardedDevices]])('UDP is dropped, and the host’s address is %s: no answer', async (_, devices) => {
  const { network, server, anna } = await inLan(devices)
  await network.block(true)
  expect((await visit(anna, server.url)).states).toMatchObject(noUdp)
  await anna.reads('check-stun-udp', 'No answer.')
  await anna.reads('check-turn-udp', 'The relay cannot be reached this way.')
  await anna.reads('asks', `Allow UDP to ${routerAddress}:${server.port}`)
})

test.each([
  ['en-GB', 'The browser itself does not let', 'Lift what the browser itself holds', 'relayed over TCP'],
  ['zh-CN', '浏览器自己不让', '解除浏览器自己', '经 TCP 中转'],
])('the company’s policy keeps Chromium from UDP, in %s', async (locale, says, asks, verdict) => {
  const server = await house.server()
  const anna = await house.chromium(server, 'Anna', { locale, devices: [...fakeDevices, '--webrtc-ip-handling-policy=disable_non_proxied_udp'] })
  const { code, states: found } = await visit(anna, server.url)
  expect({ code, ...found }).toMatchObject({ code: 'through', ...noUdp })
  await anna.reads('check-stun-udp', says)
  await anna.reads('check-turn-udp', says)
  await anna.reads('asks', asks)
  await anna.reads('verdict', verdict)
  expect(await anna.window.evaluate(() => document.body.innerText), 'the network is open').not.toMatch(/Allow UDP|放行/)
  await shoot(anna, 'check-policy')
})

test('Firefox: UDP works', async () => {
  const server = await house.serverAt(inTheNetwork(), '--tls=off') // it asks no relay on loopback
  const fiona = await house.firefox(server, 'Fiona')
  expect((await visit(fiona, server.url)).states).toMatchObject(works)
})

test.each([['proxy_only', 'check-turn-tcp'], ['relay_only', 'check-stun-udp']])('the settings keep Firefox from UDP: %s', async (setting, line) => {
  const server = await house.server()
  const firefox = await launchFirefox({ [`media.peerconnection.ice.${setting}`]: true })
  house.later(() => firefox.close())
  const fiona = house.welcome((await puppeteerPerson(firefox, 'Fiona', server.url)).person)
  expect((await visit(fiona, server.url)).states).toMatchObject({ 'stun-udp': 'fails' })
  await fiona.reads('check-stun-udp', 'The browser itself does not let')
  await fiona.reads(line, 'The browser itself does not let')
})
