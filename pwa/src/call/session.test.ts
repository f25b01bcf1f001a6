import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeTab } from './testing/fake-browser'
import { FakeServer } from './testing/fake-server'
import type { RoomView } from './view'

const both = { audio: true, video: true }
let server: FakeServer
let ana: FakeTab
let bo: FakeTab

const settle = (ms = 500) => vi.advanceTimersByTimeAsync(ms)
async function done(deed: Promise<void>): Promise<void> {
  await Promise.all([deed, settle()])
}
const live = (tab: FakeTab) => tab.devices.live.map((track) => track.kind).toSorted()
const stages = () => [ana.view.stage, bo.view.stage]

async function enter(name: string): Promise<FakeTab> {
  const tab = new FakeTab(server)
  await done(tab.room.join({ name }))
  return tab
}

async function connect(): Promise<void> {
  await done(ana.room.call(both))
  await done(bo.room.accept(both))
  expect(stages()).toEqual(['connected', 'connected'])
}

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T09:30:00.000Z') })
  vi.stubGlobal('navigator', {})
  server = new FakeServer()
  ana = await enter('Ana')
  bo = await enter('Bo')
})
afterEach(() => {
  ana.room.dispose()
  bo.room.dispose()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

function expectNothingLeft(tab: FakeTab): void {
  expect(live(tab)).toEqual([])
  expect(tab.openPcs).toEqual([])
  expect(tab.view.local.stream).toBeNull()
  expect(tab.view.remotes).toEqual([])
  expect(tab.view.connectedAtMs).toBeNull()
}

describe('the room', () => {
  test('who is in it', () => {
    expect(ana.view).toMatchObject({ link: 'online', rung: 'sse', stage: 'idle', self: { name: 'Ana' }, others: [{ name: 'Bo' }] })
    expect(bo.view.others.map(({ name }) => name)).toEqual(['Ana'])
  })

  test('a new name, and leaving', async () => {
    await done(bo.room.rename('Bob'))
    expect(ana.view.others[0]!.name).toBe('Bob')
    await done(bo.room.leave())
    expect(ana.view.others).toEqual([])
    expect(bo.view).toMatchObject({ link: 'outside', self: null })
    expect(bo.room.hasSeat).toBe(false)
  })

  test.each([['passcode-wrong', 403], ['room-full', 409]])('%s at the door', async (code, status) => {
    server.refuseNext.set('/peers', [status, code])
    const cy = new FakeTab(server)
    await done(cy.room.join({ name: 'Cy' }))
    expect(cy.view).toMatchObject({ link: 'outside', problem: { code } })
  })

  test('the server out of reach', async () => {
    server.down = true
    const cy = new FakeTab(server)
    await done(cy.room.join({ name: 'Cy' }))
    expect(cy.view).toMatchObject({ link: 'outside', problem: { code: 'server-unreachable', ways: ['retry'] } })
  })

  test('a view is replaced whole, never changed', async () => {
    const views: RoomView[] = []
    const stop = ana.room.subscribe((view) => views.push(Object.freeze(view)))
    await connect()
    expect(new Set(views.map(({ stage }) => stage))).toEqual(new Set(['idle', 'calling', 'connecting', 'connected']))
    stop()
    const { length } = views
    await done(ana.room.hangup())
    expect(views).toHaveLength(length)
  })
})

describe('a call', () => {
  test('rings, is accepted, connects, and ends for both', async () => {
    await done(ana.room.call(both))
    expect(stages()).toEqual(['calling', 'ringing'])
    expect(bo.view.canAccept).toBe(true)
    expect(live(bo)).toEqual([])
    await done(bo.room.accept(both))
    expect(stages()).toEqual(['connected', 'connected'])
    expect(ana.view.remotes).toMatchObject([{ peer: { name: 'Bo', media: { audio: true, video: true } }, state: 'connected' }])
    expect(ana.view.connectedAtMs).not.toBeNull()
    await done(bo.room.hangup())
    expect(ana.view).toMatchObject({ stage: 'ended', outcome: 'hangup' })
    expect(bo.view).toMatchObject({ stage: 'ended', outcome: 'hangup' })
    expectNothingLeft(ana)
    expectNothingLeft(bo)
  })

  test('camera and microphone go at once, not when the server answers', async () => {
    await connect()
    server.down = true
    void bo.room.hangup()
    expectNothingLeft(bo)
    expect(bo.view.stage).toBe('ended')
  })

  test('the next call works, in the other direction', async () => {
    await connect()
    await done(ana.room.hangup())
    ana.room.dismiss()
    bo.room.dismiss()
    await done(bo.room.call(both))
    expect(stages()).toEqual(['ringing', 'calling'])
    await done(ana.room.accept(both))
    expect(stages()).toEqual(['connected', 'connected'])
    expect(ana.devices.requests).toHaveLength(2)
  })

  test('the preview goes into it', async () => {
    await done(bo.room.preview(both))
    expect(bo.view.stage).toBe('preview')
    await connect()
    expect(bo.devices.requests).toHaveLength(1)
    await done(bo.room.hangup())
    expectNothingLeft(bo)
  })

  test('refused', async () => {
    await done(ana.room.call(both))
    await done(bo.room.decline())
    expect(ana.view).toMatchObject({ stage: 'ended', outcome: 'declined' })
    expect(bo.view.stage).toBe('idle')
    expectNothingLeft(ana)
    expect(bo.devices.requests).toEqual([])
  })

  test('cancelled', async () => {
    await done(ana.room.call(both))
    await done(ana.room.hangup())
    expect(ana.view).toMatchObject({ stage: 'ended', outcome: 'cancelled', mine: true })
    expect(bo.view).toMatchObject({ stage: 'ended', outcome: 'cancelled', mine: false })
    expectNothingLeft(ana)
  })

  test('cancelled while the camera is still being asked for: nobody is rung', async () => {
    ana.devices.delayMs = 100
    const calling = ana.room.call(both)
    await settle(50)
    await done(ana.room.hangup())
    await done(calling)
    expectNothingLeft(ana)
    expect(bo.view.stage).toBe('idle')
    expect(server.requests.filter((line) => line === 'POST /rooms/r/calls')).toEqual([])
  })

  test('cancelled while the server is being told: the hang-up comes after', async () => {
    const calling = ana.room.call(both)
    await settle(1)
    const cancelling = ana.room.hangup()
    await done(Promise.all([calling, cancelling]).then(() => undefined))
    expect(server.call?.state ?? 'ended').toBe('ended')
    expect(bo.view.stage).not.toBe('ringing')
    expectNothingLeft(ana)
  })

  test('two who call each other', async () => {
    await done(Promise.all([ana.room.call(both), bo.room.call(both)]).then(() => undefined))
    expect(stages()).toEqual(['connected', 'connected'])
    expect(bo.view.problem).toBeNull()
    expect([ana.devices.requests.length, bo.devices.requests.length]).toEqual([1, 1])
  })

  test('another took it', async () => {
    const cy = await enter('Cy')
    await done(ana.room.call(both))
    expect(cy.view.stage).toBe('ringing')
    await done(bo.room.accept(both))
    expect(cy.view).toMatchObject({ stage: 'ended', outcome: 'elsewhere', canAccept: false })
    cy.room.dispose()
  })

  test('full: turned away politely', async () => {
    const cy = await enter('Cy')
    await done(ana.room.call(both))
    const cyAccepts = cy.room.accept(both)
    await done(Promise.all([bo.room.accept(both), cyAccepts]).then(() => undefined))
    const loser = [bo, cy].find((tab) => tab.view.stage === 'ended')!
    expect(loser.view).toMatchObject({ outcome: 'full', problem: { code: 'call-full' } })
    expectNothingLeft(loser)
    cy.room.dispose()
  })

  test('over when accepted', async () => {
    await done(ana.room.call(both))
    server.refuseNext.set('/accept', [409, 'call-over'])
    const accepting = bo.room.accept(both)
    server.change({ state: 'ended', reason: 'cancelled' })
    await done(accepting)
    expect(bo.view.stage).toBe('ended')
    expectNothingLeft(bo)
  })

  test('a request that is lost is made again', async () => {
    await done(ana.room.call(both))
    server.refuseNext.set('/accept', [503, 'draining'])
    await Promise.all([bo.room.accept(both), settle(2_000)])
    expect(stages()).toEqual(['connected', 'connected'])
  })

  test('three', async () => {
    server.capacity = 3
    const cy = await enter('Cy')
    await connect()
    expect(cy.view.canAccept).toBe(true)
    await done(cy.room.accept(both))
    expect(cy.view.company.map(({ name }) => name)).toEqual(['Ana', 'Bo'])
    for (const tab of [ana, bo, cy]) expect(tab.view.remotes.map(({ state }) => state)).toEqual(['connected', 'connected'])
    await done(ana.room.hangup())
    expect(bo.view).toMatchObject({ stage: 'connected', remotes: [{ peer: { name: 'Cy' } }] })
    await done(ana.room.accept(both))
    expect(ana.view.stage).toBe('connected')
    await done(bo.room.hangup())
    await done(bo.room.leave())
    await done(cy.room.hangup())
    for (const tab of [ana, cy]) expect(tab.view).toMatchObject({ stage: 'ended', outcome: 'hangup' })
    expect(ana.view.company.map(({ name }) => name)).toEqual(['Bo', 'Cy'])
    expect(cy.view.company.map(({ name }) => name)).toEqual(['Ana', 'Bo'])
    cy.room.dispose()
  })

  test('media that does not come: said after half a minute, with two ways on', async () => {
    server.lost.add('answer')
    await done(ana.room.call(both))
    await done(bo.room.accept(both))
    await settle(29_000)
    expect(ana.view).toMatchObject({ stage: 'connecting', problem: null })
    await settle(2_000)
    const blocked = { stage: 'connecting', problem: { code: 'media-blocked', ways: ['retry', 'hangup'] } }
    expect([ana.view, bo.view]).toMatchObject([blocked, blocked])
    ana.room.dismiss()
    await done(ana.room.toggleMic())
    expect(ana.view.problem).toBeNull()
    await done(ana.room.reconnect())
    await settle(31_000)
    expect(ana.view).toMatchObject(blocked)
    server.lost.clear()
    await done(ana.room.reconnect())
    expect(stages()).toEqual(['connected', 'connected'])
    expect([ana.view.problem, bo.view.problem]).toEqual([null, null])
  })

  test('media that does not come is no problem of a call that is over', async () => {
    server.lost.add('answer')
    await done(ana.room.call(both))
    await done(bo.room.accept(both))
    await settle(31_000)
    await done(bo.room.hangup())
    expect(ana.view).toMatchObject({ stage: 'ended', problem: null })
  })
})

describe('camera and microphone', () => {
  test('the other side sees mute and camera off', async () => {
    await connect()
    await done(bo.room.toggleMic())
    await done(bo.room.toggleCamera())
    expect(ana.view.remotes[0]!.peer.media).toEqual({ audio: false, video: false, screen: false })
    expect(live(bo)).toEqual(['audio'])
    await done(bo.room.toggleCamera())
    expect(ana.view.remotes[0]!.peer.media.video).toBe(true)
  })

  test('denied: it rings on, and audio alone is a way', async () => {
    bo.devices.denied.add('video')
    await done(ana.room.call(both))
    await done(bo.room.accept(both))
    expect(bo.view).toMatchObject({ stage: 'ringing', problem: { code: 'camera-denied' } })
    await done(bo.room.accept({ audio: true, video: false }))
    expect(stages()).toEqual(['connected', 'connected'])
    expect(bo.view.problem).toBeNull()
  })

  test('an insecure origin: a call without', async () => {
    const cy = new FakeTab(server, { secure: false })
    await done(cy.room.join({ name: 'Cy' }))
    await done(cy.room.call(both))
    expect(cy.view).toMatchObject({ stage: 'idle', problem: { code: 'insecure-origin', ways: ['without-media'] } })
    await done(cy.room.call({ audio: false, video: false }))
    expect(ana.view).toMatchObject({ stage: 'ringing', call: { video: true } }) // whoever cannot send sees all the same
    await done(ana.room.accept(both))
    expect(cy.view.stage).toBe('connected')
    expect(cy.view.remotes[0]!.stream!.getTracks()).toHaveLength(2)
    cy.room.dispose()
  })
})

test('with the microphone alone it is a voice call', async () => {
  await done(ana.room.call({ audio: true, video: false }))
  expect(bo.view).toMatchObject({ stage: 'ringing', call: { video: false } })
})

describe('a reload', () => {
  test.each([0, 3_600_000, -3_600_000])('the time goes on, with the server’s clock ahead by %i ms', async (aheadMs) => {
    server.aheadMs = aheadMs
    for (const tab of [ana, bo]) tab.window.dispatchEvent(new Event('online')) // a new `hello`
    await settle()
    const answeredAtMs = Date.now() + 500
    await connect()
    for (const tab of [ana, bo]) expect(Math.abs(tab.view.connectedAtMs! - answeredAtMs)).toBeLessThan(50)
    await settle(600_000)
    await done(bo.reload())
    expect(bo.view.stage).toBe('connected')
    expect(Math.abs(bo.view.connectedAtMs! - answeredAtMs)).toBeLessThan(50)
  })

  test.each(['ana', 'bo'])('of %s in mid-call: back in it, muted as before', async (who) => {
    await connect()
    const [tab, other] = who === 'ana' ? [ana, bo] : [bo, ana]
    await done(tab.room.toggleMic())
    await done(tab.reload())
    expect(stages()).toEqual(['connected', 'connected'])
    expect(tab.view.local).toMatchObject({ audio: false, video: true })
    expect(other.view.remotes[0]!.peer.media).toEqual({ audio: false, video: true, screen: false })
    await settle(1_500)
    expect([tab.openPcs.length, other.openPcs.length]).toEqual([1, 1])
    expect(tab.openPcs[0]!.partner).toBe(other.openPcs[0])
    expect(server.requests).toContain(`PATCH /rooms/r/peers/${tab.view.self!.id}`)
    await done(other.room.hangup())
    expectNothingLeft(tab)
  })

  test('before the page heard that it was let in: in it all the same', async () => {
    await done(ana.room.call(both))
    const { id } = bo.view.self!
    bo.room.dispose()
    server.change({ state: 'active', participants: [...server.call!.participants, id], answeredAt: new Date().toISOString() })
    await settle() // her offer went to the page before
    await done(bo.openAnew())
    await settle(3_000)
    expect(stages()).toEqual(['connected', 'connected'])
    expect(bo.openPcs[0]!.partner).toBe(ana.openPcs[0])
  })

  test('while it rings: still calling, and then in it', async () => {
    await done(ana.room.call(both))
    await done(ana.reload())
    expect(ana.view.stage).toBe('calling')
    await done(bo.room.accept(both))
    expect(stages()).toEqual(['connected', 'connected'])
    expect(live(ana)).toEqual(['audio', 'video'])
  })

  test('with the camera refused this time: back without', async () => {
    await connect()
    bo.devices.denied.add('video').add('audio')
    await done(bo.reload())
    expect(stages()).toEqual(['connected', 'connected'])
    expect(bo.view.problem?.code).toBe('camera-denied')
  })

  test('a call that is over by then stays over, and nothing is captured', async () => {
    await connect()
    bo.window.dispatchEvent(new Event('pagehide'))
    bo.room.dispose()
    await done(ana.room.hangup())
    const { length } = bo.devices.requests
    await done(bo.reload())
    expect(['idle', 'ended']).toContain(bo.view.stage)
    expect(bo.devices.requests).toHaveLength(length)
  })

  test('the seat is gone: somebody has to join again', async () => {
    server.peers.clear()
    await done(bo.reload())
    expect(bo.view).toMatchObject({ link: 'outside', problem: null })
    expect(bo.room.hasSeat).toBe(false)
  })
})

describe('another tab takes the seat', () => {
  test('this one lets go of everything, and can take it back, call included', async () => {
    await connect()
    const second = new FakeTab(server, { storage: bo.storage })
    await done(second.room.resume())
    expect(bo.view).toMatchObject({ link: 'replaced' })
    expectNothingLeft(bo)
    expect(second.view.stage).toBe('connected')
    expect(ana.view.stage).toBe('connected')
    await settle(60_000)
    expect(bo.view.link).toBe('replaced')
    await done(bo.room.takeOver())
    expect(second.view.link).toBe('replaced')
    expectNothingLeft(second)
    expect(stages()).toEqual(['connected', 'connected'])
    await settle(1_500)
    expect(bo.openPcs[0]!.partner).toBe(ana.openPcs[0])
    second.room.dispose()
  })
})

describe('the stream', () => {
  test('a snapshot without the call: asked after, and gone it is', async () => {
    await connect()
    server.call = null
    bo.window.dispatchEvent(new Event('online'))
    await settle()
    expect(bo.view).toMatchObject({ stage: 'ended', outcome: 'failed' })
    expectNothingLeft(bo)
  })

  test('dead without a word, like the path of media: the answer to the restart comes another way, at once', async () => {
    await connect()
    await settle(12_000)
    server.streams.get('p1')!.say = () => undefined
    ana.openPcs[0]!.cut()
    await settle(1_500)
    expect(ana.openPcs[0]!.restarts).toBe(1)
    await settle(500)
    expect(stages()).toEqual(['connected', 'connected'])
    expect(ana.openPcs).toHaveLength(1)
    await settle(30_000)
    expect(ana.view).toMatchObject({ link: 'online', rung: 'sse' })
  })

  test('is left alone when camera and microphone are turned off', async () => {
    await connect()
    for (const { room, pcs } of [ana, bo]) {
      await done(room.toggleMic())
      await done(room.toggleCamera())
      pcs[0]!.dead = true
    }
    await settle(30_000)
    expect(server.requests.filter((line) => line.includes('/events'))).toEqual([])
  })

  test('the token revoked: gone', async () => {
    server.peers.delete('p2')
    bo.window.dispatchEvent(new Event('online'))
    await settle()
    expect(bo.view).toMatchObject({ link: 'gone', problem: { code: 'token-revoked' } })
    expect(bo.room.hasSeat).toBe(false)
  })

  test('closing the page says so', async () => {
    bo.window.dispatchEvent(new Event('pagehide'))
    await settle()
    expect(server.requests.at(-1)).toBe('PATCH /rooms/r/peers/p2')
  })
})

test('what the tests and the console may look at', async () => {
  await connect()
  const { __yodel } = globalThis as unknown as { __yodel: { peerConnections(): unknown[], localStream(): unknown } }
  expect(__yodel.peerConnections()).toEqual(bo.openPcs)
  expect(__yodel.localStream()).toBe(bo.view.local.stream)
})
