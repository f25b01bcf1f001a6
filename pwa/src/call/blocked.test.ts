// A call that never finds a way for media, as its people live it: what they are told, and what is tried.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeTab } from './testing/fake-browser'
import type { FakePc } from './testing/fake-pc'
import { FakeServer } from './testing/fake-server'

const both = { audio: true, video: true }
const relay: RTCIceServer = { urls: ['stun:a.example', 'turn:a.example?transport=udp'], username: 'u', credential: 'c' }
let server: FakeServer
let ana: FakeTab
let bo: FakeTab

const settle = (ms = 500) => vi.advanceTimersByTimeAsync(ms)
const done = (deed: Promise<void>) => Promise.all([deed, settle()])
const policies = () => [ana, bo].map(({ pcs }) => pcs.at(-1)!.configuration?.iceTransportPolicy)

/** Makes each connection of a page what it will be before it is used. */
function shape(tab: FakeTab, change: (pc: FakePc) => void): void {
  const push = tab.pcs.push.bind(tab.pcs)
  tab.pcs.push = (...pcs: FakePc[]) => {
    pcs.forEach(change)
    return push(...pcs)
  }
}

async function enter(name: string): Promise<FakeTab> {
  const tab = new FakeTab(server)
  await done(tab.room.join({ name }))
  return tab
}

async function talk(servers: RTCIceServer[], change: (pc: FakePc, who: 'ana' | 'bo') => void): Promise<void> {
  server.iceServers = servers
  ana = await enter('Ana')
  bo = await enter('Bo')
  shape(ana, (pc) => change(pc, 'ana'))
  shape(bo, (pc) => change(pc, 'bo'))
  await done(ana.room.call(both))
  await done(bo.room.accept(both))
}

function fail(): void {
  for (const { pcs } of [ana, bo]) pcs.at(-1)!.become('failed')
}

/** ICE gives up, and looks again once it is restarted. */
async function failAndLook(): Promise<void> {
  fail()
  await settle(1_000)
  for (const { pcs } of [ana, bo]) Object.assign(pcs.at(-1)!, { connectionState: 'connecting', iceConnectionState: 'checking' })
  await settle(9_000)
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T09:30:00.000Z') })
  vi.stubGlobal('navigator', {})
  server = new FakeServer()
})
afterEach(() => {
  for (const { room } of [ana, bo]) room.dispose()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('a server without a relay: said, and nothing is tried that could not work', async () => {
  await talk([], (pc) => { pc.dead = true })
  await settle(31_000)
  expect(ana.view.problem).toEqual({ code: 'media-blocked', ways: ['retry', 'hangup'], lacking: 'relay' })
  fail()
  await settle(1_000)
  expect(policies()[0]).toBe('all')
})

test('somebody without a relay is reached directly or not at all, and that is said', async () => {
  await talk([relay], (pc, who) => {
    pc.dead = true
    pc.relayed = who === 'ana'
  })
  await settle(31_000)
  expect(ana.view.problem).toMatchObject({ code: 'media-blocked', lacking: 'their-relay' })
  expect(bo.view.problem).toEqual({ code: 'media-blocked', ways: ['retry', 'hangup'] })
})

test('ICE finds nothing: the next try is by relays alone, and finds a way', async () => {
  await talk([relay], (pc) => { pc.crowded = pc.relayed = true })
  expect([ana.view.stage, bo.view.stage]).toEqual(['connecting', 'connecting'])
  fail()
  expect(ana.view.problem).toMatchObject({ code: 'media-blocked' })
  await settle(1_000)
  expect(policies()).toContain('relay')
  expect([ana.view.stage, bo.view.stage]).toEqual(['connected', 'connected'])
  expect([ana.view.problem, bo.view.problem]).toEqual([null, null])
})

test('that finds nothing either: everything again, then relays again', async () => {
  await talk([relay], (pc) => { pc.dead = pc.relayed = true })
  const tried = []
  for (let round = 0; round < 4; round++) {
    await failAndLook()
    tried.push(ana.pcs.at(-1)!.configuration?.iceTransportPolicy)
  }
  expect(tried).toEqual(['relay', 'all', 'relay', 'all'])
})

test('whoever tried relays alone answers a restart of the other by every way', async () => {
  await talk([relay], (pc) => { pc.dead = pc.relayed = true })
  await failAndLook()
  expect(ana.pcs.at(-1)!.configuration?.iceTransportPolicy).toBe('relay')
  bo.pcs.at(-1)!.restartIce()
  await settle(1_000)
  expect(ana.pcs.at(-1)!.configuration?.iceTransportPolicy).toBe('all')
})
