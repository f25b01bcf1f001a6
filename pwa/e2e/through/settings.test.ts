// The settings that scripts/proxies offers for reverse proxies: all that the app needs passes through them in time, and
// what they say it costs is all that it costs.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, request } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { expect, test } from 'vitest'
import { certificateFor } from '../support/certificate'
import { useHouse } from '../support/house'
import { hearsAndSees } from '../support/media'
import { relayByTLS } from '../support/relay'
import { within } from '../support/until'
import { measureWays } from '../support/ways'
import { type Front, fronts, passthroughs, startFront } from './fronts'

const house = useHouse()
const messages = 11
/** A proxy that waits for more before it passes an event on takes 200 ms. */
const promptMs = 150

async function callThrough(front: Front, scripts: readonly (() => void)[] = []) {
  const browser = { chromium: undefined }
  const [anna, ben] = await Promise.all(['Anna', 'Ben'].map(name => house.chromiumOf(browser, front, name, { flags: front.flags, scripts })))
  await Promise.all([anna!.enter('valley'), ben!.enter('valley')])
  const late = await anna!.window.evaluate(measureWays, messages)
  console.log(`events late by ${late.stream.toFixed(1)} ms, POST stream ${late.postStream.toFixed(1)} ms, long-poll ${late.longPoll.toFixed(1)} ms`)
  for (const [way, ms] of Object.entries(late)) expect(ms, `median lateness of ${way}, in ms`).toBeLessThan(promptMs)
  await anna!.tap('call')
  await ben!.is('ringing')
  await ben!.tap('accept')
  await Promise.all([hearsAndSees(anna!), hearsAndSees(ben!)])
  await Promise.all([anna!.takes('sse'), ben!.takes('sse')])
  return [anna!, ben!] as const
}

interface Answer { status: number, body: string }

/** Asks past all browsers: from an address of loopback, for a name. */
function ask(front: Front, path: string, { method = 'GET', from = '127.0.0.1', name = new URL(front.url).hostname, headers = {} } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: front.port, localAddress: from, servername: name, path, method, headers: { Host: name, ...headers }, rejectUnauthorized: false }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (text: string) => { body += text }).on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
    })
    asked.on('error', reject).end(method === 'POST' ? '{}' : '')
  })
}

test.each(Object.entries(fronts))('%s in front: events come at once by every way, people call, and addresses are told apart', async (_, kind) => {
  const joins = 6 // four of them are the people and their measurements
  const front = await startFront(house, kind, { flags: ['--limit-joins=0.01', `--limit-joins-burst=${joins}`] })
  await callThrough(front)
  const join = (from: string, claimed: string) => ask(front, '/api/v1/rooms/hill/peers', { method: 'POST', from, headers: { 'X-Forwarded-For': claimed } })
  for (let joined = 0; joined < joins; joined++) expect((await join('127.0.0.2', `192.0.2.${joined}`)).status).toBe(201)
  expect((await join('127.0.0.2', '192.0.2.99')).status, 'somebody who claims to be somebody else').toBe(429)
  expect((await join('127.0.0.3', '192.0.2.0')).status, 'somebody else').toBe(201)
  expect((await ask(front, '/metrics')).status).toBe(403)
})

test.each(Object.entries(passthroughs))('%s shares the port: the same, and media over TLS on that port', async (name, kind) => {
  const other = await otherSite()
  const front = await startFront(house, kind, { pages: other.port })
  const people = await callThrough(front, [relayByTLS])
  for (const person of people) expect(await person.attribute('path', 'data-path')).toBe('relay-tls')
  expect((await ask(front, '/', { name: 'www.example.org' })).body).toBe('another site')
  expect((await ask(front, '/metrics')).status).toBe(401)
  if (name === 'nginx') expect(await inTheClear(front), 'where plain HTTP on that port leads').toBe(`${front.url}/r/valley`) // HAProxy takes it to the other sites
  expect(await stunOverTCP(front), 'the answer to STUN over plain TCP').toMatch(/^0101/)
})

/** Where somebody is sent who asks by plain HTTP. */
async function inTheClear({ port, url }: Front): Promise<string | null> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET /r/valley HTTP/1.1\r\nHost: ${new URL(url).host}\r\nConnection: close\r\n\r\n`)
  const [answer] = await within('plain HTTP is answered', once(socket, 'data')) as [Buffer]
  socket.destroy()
  return /^HTTP\/1\.1 308 .*\r\nLocation: (\S+)/s.exec(answer.toString())?.[1] ?? null
}

/** A binding request (RFC 8489 §5), and its answer in hex. */
async function stunOverTCP({ port }: Front): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(Buffer.from(`000100002112a442${'59'.repeat(12)}`, 'hex'))
  const [answer] = await within('STUN is answered', once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString('hex')
}

/** What had port 443 before. */
async function otherSite(): Promise<{ port: number }> {
  const certificate = await certificateFor('DNS:www.example.org')
  const [cert, key] = await Promise.all([readFile(certificate.cert), readFile(certificate.key)])
  await certificate.close()
  const server = createServer({ cert, key }, (_, answer) => answer.end('another site'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  house.later(() => new Promise(resolve => server.close(resolve)))
  return { port: (server.address() as AddressInfo).port }
}
