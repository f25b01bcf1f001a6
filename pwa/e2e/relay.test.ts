// Calls that may use nothing but the relay inside the server, by each of its ways; and one that may use nothing at all.
import { expect, test } from 'vitest'
import { certificateFor } from './support/certificate'
import { type ChromiumPerson, fakeDevices } from './support/chromium'
import { shoot } from './support/gallery'
import { useHouse } from './support/house'
import { hearsAndSees } from './support/media'
import { until } from './support/until'

const house = useHouse()

/** To be run in a page before its own scripts: connections use relays alone, and of ICE servers those that begin and end so. */
function onlyBy({ scheme, transport }: { scheme: string, transport: string }): void {
  const narrow = (configuration: RTCConfiguration = {}): RTCConfiguration => ({
    ...configuration, iceTransportPolicy: 'relay',
    iceServers: (configuration.iceServers ?? []).map(server => ({ ...server, urls: [server.urls].flat().filter(url => url.startsWith(`${scheme}:`) && url.endsWith(transport)) })).filter(({ urls }) => urls.length > 0),
  })
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(narrow(configuration))
    }

    override setConfiguration(configuration?: RTCConfiguration): void {
      super.setConfiguration(narrow(configuration))
    }
  }
}

const ring = async (anna: ChromiumPerson, ben: ChromiumPerson) => {
  await anna.tap('call')
  await ben.is('ringing')
  await ben.tap('accept')
}

test.each([
  ['turn', 'udp', 'relay-udp', 'Relayed over UDP'],
  ['turn', 'tcp', 'relay-tcp', 'Relayed over TCP'],
  ['turns', 'tcp', 'relay-tls', 'Relayed over TLS'],
])('a call by %s over %s names its way: %s', async (scheme, transport, path, words) => {
  const certificate = await certificateFor('IP:127.0.0.1', 'DNS:localhost')
  house.later(() => certificate.close())
  const server = await house.server('--tls=files', `--tls-cert=${certificate.cert}`, `--tls-key=${certificate.key}`)
  const enter = async (name: string) => {
    const person = await house.chromium({ url: server.url.replace('http:', 'https:') }, name, { devices: [...fakeDevices, certificate.flag] })
    await person.page.addInitScript(onlyBy, { scheme, transport: `transport=${transport}` })
    return person.enter('valley')
  }
  const [anna, ben] = [await enter('Anna'), await enter('Ben')]
  await ring(anna, ben)
  await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
  for (const person of [anna, ben]) await person.reads('path', words)
  expect([await anna.attribute('path', 'data-path'), await ben.attribute('path', 'data-path')]).toEqual([path, path])
  if (path === 'relay-tls') await shoot(anna, 'in-call-relayed')
})

/** To be run in a page before its own scripts: no candidate leaves it, and how often ICE was restarted by relays alone is counted. */
function blockMedia(): void {
  const counted = globalThis as unknown as { relayOnly: number }
  counted.relayOnly = 0
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    override addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void> {
      const dead = { ...candidate, candidate: (candidate?.candidate ?? '').replace(/ \d+ typ /, ' 9 typ ').replace(/(udp|tcp) (\d+) \S+/i, '$1 $2 192.0.2.1') } // RFC 5737: nobody is there
      return super.addIceCandidate(dead)
    }

    override setConfiguration(configuration?: RTCConfiguration): void {
      if (configuration?.iceTransportPolicy === 'relay') counted.relayOnly++
      super.setConfiguration(configuration)
    }
  }
}

test('no way for media: it says so, tries relays alone, and leads to the check', async () => {
  const server = await house.server()
  const enter = async (name: string) => {
    const person = await house.chromium(server, name)
    await person.page.addInitScript(blockMedia)
    return person.enter('valley')
  }
  const [anna, ben] = [await enter('Anna'), await enter('Ben')]
  await ring(anna, ben)
  await until('relays alone were tried', () => Promise.all([anna, ben].map(person => person.window.evaluate(() => (globalThis as unknown as { relayOnly: number }).relayOnly))), tries => tries.some(each => each > 0), 40_000)
  await until('Anna is told that media is blocked', () => anna.attribute('error', 'data-code'), code => code === 'media-blocked', 40_000)
  await anna.isTold('media-blocked', /The server is reachable, but media is blocked/)
  await shoot(anna, 'media-blocked')
  const [check] = await Promise.all([anna.page.context().waitForEvent('page'), anna.tap('to-check')])
  await check.waitForURL(`${server.url}/check`)
  expect(await anna.state()).toBe('connecting')
})

test('a server without a relay, and media blocked: the page says that, too', async () => {
  const server = await house.server('--turn=off')
  const enter = async (name: string) => {
    const person = await house.chromium(server, name)
    await person.page.addInitScript(blockMedia)
    return person.enter('valley')
  }
  const [anna, ben] = [await enter('Anna'), await enter('Ben')]
  await ring(anna, ben)
  await until('Anna is told that media is blocked', () => anna.attribute('error', 'data-code'), code => code === 'media-blocked', 40_000)
  await anna.isTold('media-blocked', /This server offers no relay/)
})
