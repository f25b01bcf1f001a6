// A call whose media stays away, as its people live it.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeTab } from './testing/fake-browser'
import type { FakePc } from './testing/fake-pc'
import { FakeServer } from './testing/fake-server'

const both = { audio: true, video: true }
let server: FakeServer
let ana: FakeTab
let bo: FakeTab
let tabs: FakeTab[]

const settle = (ms = 500) => vi.advanceTimersByTimeAsync(ms)
const done = (deed: Promise<void>) => Promise.all([deed, settle()])
const stages = () => tabs.map(({ view }) => view.stage)

async function enter(name: string): Promise<FakeTab> {
  const tab = new FakeTab(server)
  tabs.push(tab)
  await done(tab.room.join({ name }))
  return tab
}

/** No media gets through from here on, by whatever connection is made. */
function block(...blocked: FakeTab[]): void {
  for (const tab of blocked) {
    for (const pc of tab.openPcs) pc.dead = true
    const push = tab.pcs.push.bind(tab.pcs)
    tab.pcs.push = (...pcs: FakePc[]) => {
      for (const pc of pcs) pc.dead = true
      return push(...pcs)
    }
  }
}

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T09:30:00.000Z') })
  vi.stubGlobal('navigator', {})
  server = new FakeServer()
  tabs = []
  ana = await enter('Ana')
  bo = await enter('Bo')
  server.capacity = 3
  await done(ana.room.call(both))
  await done(bo.room.accept(both))
})
afterEach(() => {
  for (const { room } of tabs) room.dispose()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('for a minute it is reconnecting, and then it has failed, for both', async () => {
  block(ana, bo)
  await settle(2_000)
  expect(stages()).toEqual(['reconnecting', 'reconnecting'])
  await settle(57_000)
  expect(stages()).toEqual(['reconnecting', 'reconnecting'])
  expect(ana.view.problem).toBeNull()
  await settle(3_000)
  for (const { view, devices, openPcs } of tabs) {
    expect(view).toMatchObject({ stage: 'ended', outcome: 'failed', problem: null })
    expect([devices.live, openPcs]).toEqual([[], []])
  }
  expect(server.requests.filter((line) => line.endsWith('/hangup')).length).toBeGreaterThan(0)
})

test('without any network, too; the server is told when it is back', async () => {
  block(ana)
  server.down = true
  await settle(62_000)
  expect(ana.view).toMatchObject({ stage: 'ended', outcome: 'failed', problem: null })
  expect(server.call?.state).toBe('active')
  server.down = false
  ana.window.dispatchEvent(new Event('online'))
  await settle(1_000)
  expect(server.call?.state).toBe('ended')
})

test('media that is back before then is as if nothing had been', async () => {
  for (const pc of [...ana.openPcs, ...bo.openPcs]) pc.dead = true
  await settle(8_000)
  expect(stages()).toEqual(['reconnecting', 'reconnecting'])
  for (const pc of [...ana.openPcs, ...bo.openPcs]) pc.dead = false
  await settle(3_000)
  expect(stages()).toEqual(['connected', 'connected'])
  await settle(120_000)
  expect(stages()).toEqual(['connected', 'connected'])
})

test('a server that is gone for long costs nothing while media flows', async () => {
  server.down = true
  for (const { window } of tabs) window.dispatchEvent(new Event('online'))
  await settle(300_000)
  expect(stages()).toEqual(['connected', 'connected'])
  expect(tabs.map(({ pcs }) => pcs.length)).toEqual([1, 1])
})

test('of three, one who is gone does not end the call of the others', async () => {
  const cy = await enter('Cy')
  await done(cy.room.accept(both))
  expect(stages()).toEqual(['connected', 'connected', 'connected'])
  block(cy)
  await settle(5_000)
  expect(stages()).toEqual(['connected', 'connected', 'reconnecting'])
  expect(ana.view.remotes.map(({ state }) => state)).toEqual(['connected', 'reconnecting'])
  await settle(62_000)
  expect(stages()).toEqual(['connected', 'connected', 'ended'])
  expect(cy.view).toMatchObject({ outcome: 'failed', canAccept: true })
  expect(ana.view.remotes.map(({ peer }) => peer.name)).toEqual(['Bo'])
})

test('somebody muted with the camera off is missed by nobody', async () => {
  for (const { room } of tabs) {
    await done(room.toggleMic())
    await done(room.toggleCamera())
  }
  for (const pc of [...ana.openPcs, ...bo.openPcs]) pc.dead = true
  await settle(120_000)
  expect(stages()).toEqual(['connected', 'connected'])
  expect([...ana.pcs, ...bo.pcs].map(({ restarts }) => restarts)).toEqual([0, 0])
})

test('a camera that the system takes is told to the room, and so missed by nobody', async () => {
  ana.devices.cameras = []
  ana.devices.microphones = []
  for (const track of ana.devices.live) track.end()
  await settle(1_000)
  expect(bo.view.remotes[0]!.peer.media).toMatchObject({ audio: false, video: false })
  for (const pc of [...ana.openPcs, ...bo.openPcs]) pc.dead = true
  await settle(30_000)
  expect(bo.view.stage).toBe('connected')
  for (const pc of [...ana.openPcs, ...bo.openPcs]) pc.dead = false
  ana.devices.cameras = [{ deviceId: 'front', facingMode: 'user' }]
  ana.devices.microphones = ['mic']
  ana.devices.dispatchEvent(new Event('devicechange'))
  await settle(1_000)
  expect(bo.view.remotes[0]!.peer.media).toMatchObject({ audio: true, video: true })
  expect(ana.openPcs[0]!.transceivers.map(({ sender }) => sender.track)).toEqual(ana.devices.live.toSorted((a, b) => a.kind.localeCompare(b.kind)))
})

test('a call on a network that died without a word goes out as soon as it is back', async () => {
  await done(bo.room.hangup())
  await settle(120_000) // credentials of the join have run out by now
  server.frozen = true
  void ana.room.call(both)
  await settle(4_000)
  expect(stages()).toEqual(['calling', 'ended'])
  server.frozen = false
  ana.window.dispatchEvent(new Event('online'))
  await settle(500)
  expect(bo.view.stage).toBe('ringing')
  expect(ana.view.problem).toBeNull()
})
