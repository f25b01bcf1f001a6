// The page that says whether a call gets through from here, on networks that let everything pass, and on some that do not.
import { expect, test } from 'vitest'
import { certificateFor } from './support/certificate'
import { states, visit } from './support/check'
import { fakeDevices, guardedDevices, noCamera } from './support/chromium'
import { FaultProxy } from './support/faultproxy'
import { shoot } from './support/gallery'
import { useHouse } from './support/house'
import { passTcp } from './support/pass'
import type { Person } from './support/person'
import { inTheNetwork } from './support/trusting'
import { until } from './support/until'

const house = useHouse()

const signaling = { 'page': 'works', 'sse': 'works', 'post-stream': 'works', 'long-poll': 'works', 'clock': 'works' }

test('everything works: each way in a line, camera and microphone once asked for, a report to send', async () => {
  const certificate = await certificateFor('IP:127.0.0.1', 'DNS:localhost')
  house.later(() => certificate.close())
  const server = await house.server('--tls=files', `--tls-cert=${certificate.cert}`, `--tls-key=${certificate.key}`)
  const anna = await house.chromium(server, 'Anna', { devices: [...fakeDevices, certificate.flag], permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'] })
  const { code, states: found } = await visit(anna, server.url.replace('http:', 'https:'))
  expect(found).toEqual({
    ...signaling, 'stun-udp': 'works', 'turn-udp': 'works', 'turn-tcp': 'works', 'turn-tls': 'works', 'secure-origin': 'works', 'camera': 'unasked', 'microphone': 'unasked',
  })
  expect(code).toBe('through')
  expect(await anna.words('verdict')).toMatch(/^Calls get through\..*UDP/)
  await anna.tap('ask-media')
  await until('camera and microphone were tried', () => states(anna), now => now['camera'] === 'works' && now['microphone'] === 'works')
  expect(await anna.window.evaluate(() => captures?.flatMap(stream => stream.getTracks()).map(track => track.readyState)), 'tracks of the check').toEqual(['ended', 'ended'])
  await anna.tap('copy-report')
  await anna.reads('copy-report', 'copied')
  const report = await anna.window.evaluate(() => navigator.clipboard.readText())
  expect(report).toMatch(/^Yodel https:\/\/127\.0\.0\.1:\d+, \d{4}-.*\nCalls get through/)
  expect(report).toMatch(/\n- Relay over TLS: works \(\d+ ms\)\. Data was relayed there and back\.\n/)
  expect(report).toContain('it sees this device at 127.0.0.1')
  await until('the seat for it was given back', () => peers(server), count => count === '0')
})

async function peers(server: { url: string }): Promise<string | undefined> {
  return /^yodel_peers (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1]
}

test('no relay: it says so, and whom to ask', async () => {
  const server = await house.server('--turn=off')
  const anna = await house.chromium(server, 'Anna')
  const { code, states: found } = await visit(anna, server.url)
  expect(found).toMatchObject({ ...signaling, 'stun-udp': 'absent', 'turn-udp': 'absent', 'turn-tcp': 'absent', 'turn-tls': 'absent' })
  expect(code).toBe('same-network')
  await anna.reads('check-turn-tls', 'does not offer it')
  expect(await anna.window.evaluate(() => document.body.innerText)).toContain('Ask whoever runs this server:')
})

test('UDP blocked: relayed over TCP, and what would be better', async () => {
  const server = await house.server()
  const door = await passTcp(server)
  house.later(() => door.close())
  const anna = await house.chromium(server, 'Anna')
  const { code, states: found } = await visit(anna, door.url)
  expect(found).toMatchObject({ ...signaling, 'turn-udp': 'fails', 'turn-tcp': 'works', 'turn-tls': 'absent' })
  expect(code).toBe('through')
  expect(await anna.words('verdict')).toMatch(/over TCP/)
  await anna.reads('asks', `Allow UDP to 127.0.0.1:${door.port}`)
})

test('a proxy that stores streams and passes nothing but HTTP: the server is reachable, media is blocked', async () => {
  const server = await house.server()
  const proxy = await FaultProxy.before(server)
  house.later(() => proxy.close())
  await proxy.rules({ buffer: [{ match: { class: ['stream'] } }] })
  const anna = await house.chromium(server, 'Anna')
  const { code, states: found } = await visit(anna, proxy.url)
  expect(found).toMatchObject({ 'page': 'works', 'sse': 'held', 'post-stream': 'held', 'long-poll': 'works', 'turn-udp': 'fails', 'turn-tcp': 'fails', 'turn-tls': 'absent' })
  expect(code).toBe('media-blocked')
  await anna.reads('verdict', 'the server is reachable, media is blocked')
  await anna.reads('asks', 'CONNECT 127.0.0.1')
  await anna.reads('asks', 'text/event-stream')
  await shoot(anna, 'check-blocked', { dark: true })
})

test.each(['en-GB', 'zh-CN'])('from the home page, in %s', async (locale) => {
  const server = await house.server()
  const anna = await house.chromium(server, 'Anna', { locale, devices: guardedDevices })
  await anna.window.goto(server.url)
  await anna.tap('to-check')
  await until('there is a verdict', () => anna.attribute('verdict', 'data-code'), code => code === 'through', 30_000)
  await anna.tap('ask-media')
  await until('neither may be used', () => states(anna), now => now['camera'] === 'fails' && now['microphone'] === 'fails')
  expect(await anna.attribute('verdict', 'data-shut')).toBe('unseen-unheard')
  await anna.reads('verdict', locale === 'zh-CN' ? /^对方看不到也听不到你.*能打通/ : /^You are neither seen nor heard.*Calls get through/)
  expect(await isGreen(anna)).toBe(false)
  await shoot(anna, 'check')
})

test.each([
  ['en-GB', /^At this address you are neither seen nor heard.*Calls get through/, 'To be seen and heard, open https://'],
  ['zh-CN', /^在这个网址，对方看不到也听不到你.*能打通/, '请打开 https://'],
])('an address that is not secure, in %s: what works, and what to open', async (locale, verdict, asks) => {
  const server = await house.serverAt(inTheNetwork(), '--tls=off')
  const anna = await house.chromium(server, 'Anna', { locale })
  const { code, states: found } = await visit(anna, server.url)
  expect(found).toMatchObject({ 'secure-origin': 'fails', 'camera': 'fails', 'microphone': 'fails', 'turn-tcp': 'works' })
  expect(code).toBe('through')
  await anna.reads('verdict', verdict)
  await anna.reads('asks', `${asks}${new URL(server.url).host}`)
  expect(await isGreen(anna)).toBe(false)
  await shoot(anna, 'check-insecure')
})

test('no camera: the verdict says that one is not seen', async () => {
  const server = await house.server()
  const anna = await house.chromium(server, 'Anna', { devices: noCamera })
  await visit(anna, server.url)
  expect(await isGreen(anna), 'before they are tried').toBe(true)
  await anna.tap('ask-media')
  await anna.reads('verdict', /^You are (neither seen nor heard|heard, but not seen)/)
  expect(await isGreen(anna)).toBe(false)
})

function isGreen(person: Person): Promise<boolean> {
  return person.window.evaluate(() => document.querySelector('[data-testid=verdict]')!.classList.contains('bg-accent-soft'))
}
