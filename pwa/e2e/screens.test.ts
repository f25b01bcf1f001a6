// Every screen, in both languages, as people get to see it: pictures for eyes in screenshots/, and axe for the rest.
import { describe, expect, test } from 'vitest'
import { type ChromiumPerson, guardedDevices, insecureHost, noCamera } from './support/chromium'
import { shoot } from './support/gallery'
import { Guest, makeRoom } from './support/guest'
import { useHouse } from './support/house'
import { hearsAndSees } from './support/media'
import { until } from './support/until'

const house = useHouse()
const dark = { dark: true }
const speakers = [
  { locale: 'en-GB', me: 'Anna Berg', you: 'Ben', room: 'alp-rose-7f3k' },
  { locale: 'zh-CN', me: '王小明', you: '李雷', room: 'shan-gu-7f3k' },
]

/** Where everything is that has a handle, but for the words that are to come. */
const places = (person: ChromiumPerson) => person.window.evaluate(() => Array.from(document.querySelectorAll<HTMLElement>('[data-testid]:not([data-testid=transport] *)'), (element) => {
  const { x, y, width, height } = element.getBoundingClientRect()
  return element.dataset['testid'] === 'transport' ? `transport at ${y}` : `${element.dataset['testid']} ${[x, y, width, height].join(' ')}`
}))

describe.each(speakers)('in $locale', ({ locale, me, you, room }) => {
  const enter = async (server: { url: string }, name: string, options = {}) => (await house.chromium(server, name, { locale, ...options })).enter(room)

  test('from the home page to the room', async () => {
    const server = await house.server()
    const anna = await house.chromium(server, me, { locale })
    await anna.window.goto(server.url)
    await anna.sees('join')
    await shoot(anna, 'home', dark)
    await anna.window.click('summary', 5_000)
    await anna.type('room-input', 'test')
    await anna.tap('join')
    await anna.sees('error')
    await shoot(anna, 'home-no-name')
    await anna.open(room)
    await anna.sees('join')
    await shoot(anna, 'door', dark)
    await anna.tap('join')
    await anna.is('idle')
    await shoot(anna, 'room-alone')
    await enter(server, you)
    await until('somebody came', () => anna.people(), people => people.includes(you))
    await shoot(anna, 'room', dark)
    await anna.tap('preview')
    await anna.is('preview')
    await until('the preview plays', () => anna.window.evaluate(() => (document.querySelector<HTMLVideoElement>('[data-testid=local-video]')?.currentTime ?? 0) > 0))
    await shoot(anna, 'preview', dark)
  })

  test('a call from the first ring to the last word', async () => {
    const server = await house.server()
    const anna = await enter(server, me)
    const ben = await enter(server, you)
    await anna.tap('call')
    await Promise.all([anna.is('calling'), ben.is('ringing')])
    await shoot(anna, 'calling', dark)
    await shoot(ben, 'ringing', dark)
    await ben.tap('accept')
    await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
    await shoot(anna, 'in-call', dark)
    await anna.tap('swap')
    await shoot(anna, 'in-call-swapped')
    await anna.tap('swap')
    await ben.tap('toggle-mic')
    await anna.sees('remote-name')
    await shoot(anna, 'remote-muted')
    await shoot(ben, 'self-muted')
    await ben.tap('toggle-camera')
    await shoot(anna, 'remote-without-camera')
    const cleo = await enter(server, 'Cleo')
    await shoot(cleo, 'room-call-full')
    await ben.tap('hangup')
    await anna.is('ended')
    await shoot(anna, 'ended', dark)
  })

  test('the other endings', async () => {
    const server = await house.server('--ring-timeout=2s')
    const anna = await enter(server, me)
    const ben = await enter(server, you)
    await anna.tap('call')
    await Promise.all([anna.is('ended'), ben.is('ended')])
    await shoot(anna, 'no-answer')
    await shoot(ben, 'missed')
  })

  test('three in a call, and the connection to one interrupted', async () => {
    const server = await house.server()
    await makeRoom(server.url, { room, callCapacity: 3 })
    const anna = await enter(server, me)
    const ben = await enter(server, you)
    const cleo = await enter(server, 'Cleo')
    await anna.tap('call')
    await Promise.all([ben.is('ringing'), cleo.is('ringing')])
    await Promise.all([ben.tap('accept'), cleo.tap('accept')])
    await until('two others are in the picture', () => anna.window.evaluate(() => document.querySelectorAll('[data-testid=remote-video]').length), count => count === 2)
    await Promise.all([hearsAndSees(anna), hearsAndSees(ben), hearsAndSees(cleo)])
    await shoot(anna, 'in-call-three')
    await server.stop()
    await anna.sees('link')
    await shoot(anna, 'in-call-server-gone')
  })

  test('a network that holds live messages back: two words that move nothing', async () => {
    const server = await house.server()
    const anna = await house.chromium(server, me, { locale, viewport: { width: 360, height: 640 } })
    await anna.page.addInitScript(() => { // as a proxy does that keeps a stream until it ends
      globalThis.EventSource = class extends EventTarget { readyState = 0; close(): void {} } as unknown as typeof EventSource
    })
    const ben = await enter(server, you)
    await anna.open(room)
    await anna.tap('join')
    await until('the room is shown with nobody else to come', () => anna.people(), people => people.length === 2)
    const before = await places(anna)
    await until('another way is taken', () => anna.attribute('transport', 'data-rung'), rung => rung === 'post-stream')
    await until('the words are there', () => anna.words('transport'))
    expect(await places(anna)).toEqual(before)
    await shoot(anna, 'room-compatible', dark)
    await anna.window.click('[data-testid=transport] summary', 5_000)
    await anna.sees('transport-why')
    await shoot(anna, 'room-compatible-why', dark)
    await ben.tap('call')
    await anna.is('ringing')
    await shoot(anna, 'ringing-compatible')
    await anna.tap('accept')
    await Promise.all([hearsAndSees(anna), hearsAndSees(ben)])
    await shoot(anna, 'in-call-compatible')
  })

  test('what may go wrong at the door', async () => {
    const server = await house.server('--limit-peers=1')
    await makeRoom(server.url, { room, passcode: 'edelweiss' })
    const anna = await (await house.chromium(server, me, { locale })).open(room)
    await anna.type('passcode-input', 'enzian')
    await anna.tap('join')
    await anna.sees('error')
    await shoot(anna, 'problem-passcode-wrong', dark)
    await Guest.join(server.url, room, you, 'edelweiss')
    await anna.type('passcode-input', 'edelweiss')
    await anna.tap('join')
    await until('Anna is told that it is full', () => anna.attribute('error', 'data-code'), code => code === 'room-full')
    await shoot(anna, 'problem-room-full')
    await server.stop()
    await anna.tap('join')
    await until('Anna is told that nobody answers', () => anna.attribute('error', 'data-code'), code => code === 'server-unreachable')
    await shoot(anna, 'problem-server-unreachable')
  })

  test('what may go wrong in the room', async () => {
    const server = await house.server()
    const insecure = { url: `http://${insecureHost}:${server.port}` }
    const people = [
      ['camera-denied', await house.chromium(server, me, { locale, devices: guardedDevices, permissions: ['microphone'] })],
      ['microphone-denied', await house.chromium(server, me, { locale, devices: guardedDevices, permissions: ['camera'] })],
      ['camera-missing', await house.chromium(server, me, { locale, devices: noCamera })],
      ['insecure-origin', await house.chromium(insecure, me, { locale })],
      ['no-webrtc', await house.chromium(server, me, { locale })],
    ] as const
    for (const [code, anna] of people) {
      if (code === 'no-webrtc') await anna.page.addInitScript(() => { Reflect.deleteProperty(globalThis, 'RTCPeerConnection') })
      await anna.enter(`${room}-${code}`)
      await anna.tap(code === 'microphone-denied' ? 'call-voice' : 'call')
      await until(`Anna is told “${code}”`, () => anna.attribute('error', 'data-code'), seen => seen === code)
      await shoot(anna, `problem-${code}`, { dark: code === 'camera-denied' })
    }
  })

  test('another tab', async () => {
    const server = await house.server()
    const anna = await enter(server, me)
    const seat = await anna.window.evaluate(() => ({ ...sessionStorage }) as Record<string, string>)
    const second = await anna.page.context().newPage()
    await second.addInitScript((entries) => { for (const [key, value] of Object.entries(entries)) sessionStorage.setItem(key, value) }, seat)
    await second.goto(`${server.url}/r/${room}`)
    await anna.sees('take-over')
    await shoot(anna, 'replaced', dark)
    await anna.tap('take-over')
    const ben = await enter(server, you)
    await anna.tap('call')
    await ben.is('ringing')
    await ben.tap('accept')
    await hearsAndSees(anna)
    await second.click('[data-testid=take-over]')
    await anna.sees('take-over')
    await shoot(anna, 'replaced-in-call', dark)
  })
})
