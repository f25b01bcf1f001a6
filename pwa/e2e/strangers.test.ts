// The page that says whether a call gets through, where something answers that says no, or that is not the server: each is
// told for what it is, and the network is blamed for nothing that is open.
import { expect, test } from 'vitest'
import { states, visit } from './support/check'
import { shoot } from './support/gallery'
import { useHouse } from './support/house'
import { type Answer, strangerBefore } from './support/stranger'

const house = useHouse()

const saying = (status: number, body = '<!doctype html>', headers: Record<string, string> = { 'content-type': 'text/html' }): Answer =>
  (_, answer) => void answer.writeHead(status, headers).end(body)

test.each([
  ['en-GB', 'but as many are open as it allows (486)', 'Allow more relays at once'],
  ['zh-CN', '名额已满（486）', '允许同时有更多中转'],
])('a relay over its quota, in %s', async (locale, says, asks) => {
  const server = await house.server('--limit-turn-peer=1') // two ends are looked at
  const anna = await house.chromium(server, 'Anna', { locale })
  const { code, states: found } = await visit(anna, server.url)
  expect(found).toMatchObject({ 'page': 'works', 'stun-udp': 'works', 'turn-udp': 'refused', 'turn-tcp': 'refused', 'turn-tls': 'absent' })
  expect(code).toBe('direct-only')
  await anna.reads('check-turn-udp', says)
  await anna.reads('check-turn-tcp', says)
  await anna.reads('asks', asks)
  expect(await anna.window.evaluate(() => document.body.innerText)).not.toMatch(/UDP to|放行/)
  await shoot(anna, 'check-refused')
})

test('a relay that does not take the credentials, and a STUN server that answers well', async () => {
  const elsewhere = await house.server()
  const server = await house.server(`--stun-url=stun:127.0.0.1:${elsewhere.port}`, '--turn-secret=edelweiss', ...['udp', 'tcp'].map(way => `--turn-url=turn:127.0.0.1:${elsewhere.port}?transport=${way}`))
  const anna = await house.chromium(server, 'Anna')
  const { code, states: found } = await visit(anna, server.url)
  expect(found).toMatchObject({ 'stun-udp': 'works', 'turn-udp': 'refused', 'turn-tcp': 'refused' })
  expect(code).toBe('direct-only')
  await anna.reads('check-turn-udp', 'does not take the name and password that this server gave (401)')
  await anna.reads('asks', 'the same secret')
})

test('Firefox is not told why a relay gives nothing, and says so', async () => {
  const server = await house.server('--limit-turn-peer=1')
  const fiona = await house.firefox(server, 'Fiona')
  const { states: found } = await visit(fiona, server.url)
  expect(found['turn-tcp']).toMatch(/fails|refused/)
  expect(await fiona.words('check-turn-tcp')).toMatch(/does not say why|\(486\)/)
  await fiona.reads('asks', 'Chrome')
})

test.each<[string, string, string, string, Answer]>([
  ['a gateway', 'server-down', 'cannot reach the server itself (502)', 'running?', saying(502)],
  ['an error of the server’s', 'server-down', 'an error of its own (500)', 'log', saying(500)],
  ['another site', 'not-yodel', 'no Yodel here (404)', 'Check the address', saying(404)],
  ['its page with 200', 'not-yodel', 'Something else than this server', 'sign in', saying(200)],
  ['JSON of something else', 'not-yodel', 'Something else than this server', 'Check the address', saying(200, '{"status":"ok"}', { 'content-type': 'application/json' })],
  ['a portal', 'not-yodel', 'another page, mostly one to sign in', 'sign in', saying(302, '', { location: 'http://127.0.0.1:1/login' })],
  ['a redirect to itself', 'not-yodel', 'another page', 'sign in', (asked, answer) => void answer.writeHead(302, { location: asked.url! }).end()],
  ['a filter', 'server-refuses', 'forbids it (403)', 'Allow http', saying(403)],
  ['a password', 'server-refuses', 'wants a name and a password (401)', 'without a further name', saying(401)],
  ['nobody', 'server-unreachable', 'No connection to the server', 'device is online', asked => void asked.socket.destroy()],
])('%s in the server’s place', async (_, code, says, asks, listener) => {
  const server = await house.server()
  const stranger = await strangerBefore(server.url)
  house.later(() => stranger.close())
  const anna = await house.chromium(server, 'Anna')
  stranger.answer(listener)
  expect((await visit(anna, stranger.url)).code).toBe(code)
  await anna.reads('check-page', says)
  expect(await anna.window.evaluate(() => document.body.innerText)).toContain(asks)
  expect(Object.keys(await states(anna)), 'what was not tried is not told').not.toContain('turn-udp')
})

test.each(['en-GB', 'zh-CN'])('the server stops in the middle, in %s', async (locale) => {
  const server = await house.server()
  const stranger = await strangerBefore(server.url)
  house.later(() => stranger.close())
  const anna = await house.chromium(server, 'Anna', { locale })
  let greetings = 2
  stranger.answer((asked) => asked.url === '/api/v1/doctor' && greetings-- > 0 ? false : void asked.socket.destroy())
  expect((await visit(anna, stranger.url)).code).toBe('server-gone')
  expect(await anna.window.evaluate(() => document.body.innerText)).not.toMatch(/IT/)
  await shoot(anna, 'check-gone')
})
