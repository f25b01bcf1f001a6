import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeBrowser, FakeTab } from './testing/fake-browser'
import { FakeServer } from './testing/fake-server'

const both = { audio: true, video: true }
const seatKey = 'yodel.seat.r'
let server: FakeServer
let ana: FakeTab
let bo: FakeTab
let later: FakeTab[]

const settle = (ms = 500) => vi.advanceTimersByTimeAsync(ms)
async function done(deed: Promise<void>): Promise<void> {
  await Promise.all([deed, settle()])
}

async function enter(name: string, options: ConstructorParameters<typeof FakeTab>[1] = {}): Promise<FakeTab> {
  const tab = open(options)
  await done(tab.room.join({ name }))
  return tab
}

function open(options: ConstructorParameters<typeof FakeTab>[1]): FakeTab {
  const tab = new FakeTab(server, options)
  later.push(tab)
  return tab
}

async function connect(): Promise<void> {
  await done(ana.room.call(both))
  await done(bo.room.accept(both))
  expect([ana.view.stage, bo.view.stage]).toEqual(['connected', 'connected'])
}

const live = (tab: FakeTab) => tab.devices.live.map((track) => track.kind).toSorted()
/** What the room was told of Bo's microphone and camera, and what the others were shown of it. */
const shown = () => ana.view.remotes[0]!.peer.media

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T09:30:00.000Z') })
  vi.stubGlobal('navigator', {})
  server = new FakeServer()
  later = []
  ana = await enter('Ana')
  bo = await enter('Bo')
})
afterEach(() => {
  for (const tab of later) tab.room.dispose()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('a page that is reloaded in a call', () => {
  test('has microphone, camera and its facing as they were', async () => {
    await connect()
    await done(bo.room.flipCamera())
    await done(bo.room.toggleMic())
    await done(bo.reload())
    expect(bo.view).toMatchObject({ stage: 'connected', local: { audio: false, video: true, facing: 'environment' } })
    expect(bo.devices.live.find(({ kind }) => kind === 'video')!.settings.facingMode).toBe('environment')
    expect(bo.devices.live.find(({ kind }) => kind === 'audio')!.enabled).toBe(false)

    await done(bo.room.toggleCamera())
    await done(bo.reload())
    expect(bo.view.local).toMatchObject({ audio: false, video: false })
    expect(live(bo)).toEqual(['audio'])
    await done(bo.room.toggleCamera())
    expect(bo.view.local.facing).toBe('environment')
  })

  test('is not shown as muted meanwhile: nobody has muted anything', async () => {
    await connect()
    bo.devices.delayMs = 5_000 // the person is asked, or the camera is slow
    const media: unknown[] = []
    ana.room.subscribe(() => media.push(shown()))
    await Promise.all([bo.reload(), settle(10_000)])
    expect(bo.view.local).toMatchObject({ audio: true, video: true })
    expect(new Set(media.map((each) => JSON.stringify(each)))).toEqual(new Set([JSON.stringify({ audio: true, video: true, screen: false })]))
  })

  test('and may not have its camera back is shown as without', async () => {
    await connect()
    bo.devices.denied.add('audio').add('video')
    await done(bo.reload())
    expect(shown()).toEqual({ audio: false, video: false, screen: false })
  })

  test('twice, the second time before the first was done', async () => {
    await connect()
    await done(bo.room.toggleMic())
    bo.devices.delayMs = 5_000
    void bo.reload()
    await settle(1_000)
    bo.devices.delayMs = 0
    await done(bo.reload())
    await settle(10_000)
    expect(bo.view).toMatchObject({ stage: 'connected', local: { audio: false, video: true } })
  })
})

describe('a page that is killed, without a last moment', () => {
  /** Its streams and requests go; nothing of it is heard again. */
  const kill = (tab: FakeTab) => tab.room.dispose()

  test('in the call: back in it as it was a moment before', async () => {
    await connect()
    await done(bo.room.toggleMic())
    kill(bo)
    await done(bo.openAnew())
    expect(bo.view).toMatchObject({ stage: 'connected', local: { audio: false, video: true } })
    expect(live(bo)).toEqual(['audio', 'video'])
  })

  test('after accepting, before the server’s answer came: in the call, heard and seen', async () => {
    await done(ana.room.call(both))
    void bo.room.accept(both)
    await settle(0) // captured, and on its way
    kill(bo)
    await settle()
    expect(server.call?.participants).toContain(bo.storage.get(seatKey)!.match(/"peer":"(.*?)"/)![1])
    await done(bo.openAnew())
    expect(bo.view.stage).toBe('connected')
    expect(live(bo)).toEqual(['audio', 'video'])
  })

  test('while it calls, before the server’s answer came: still calling', async () => {
    void ana.room.call(both)
    await settle(0)
    kill(ana)
    await settle()
    await done(ana.openAnew())
    expect(ana.view.stage).toBe('calling')
    expect(live(ana)).toEqual(['audio', 'video'])
  })

  test('is known to have been there a moment ago', async () => {
    const seenAtMs = (tab: FakeTab) => (JSON.parse(tab.storage.get(seatKey)!) as { seenAtMs: number }).seenAtMs
    expect(seenAtMs(bo)).toBe(0)
    await connect()
    await settle(600_000)
    expect(Date.now() - seenAtMs(bo)).toBeLessThanOrEqual(15_000)
    await done(bo.room.hangup())
    expect(seenAtMs(bo)).toBe(0)
  })
})

describe('a page that leaves the room', () => {
  test('is not to be found even if it is killed before the server answers', async () => {
    await connect()
    server.down = true
    void bo.room.leave()
    expect(bo.storage.has(seatKey)).toBe(false)
    bo.room.dispose()
  })
})

describe('a tab that the browser duplicates', () => {
  const duplicate = (tab: FakeTab, browser: FakeBrowser) => open({ storage: tab.storage, browser })
  let browser: FakeBrowser
  let first: FakeTab
  beforeEach(async () => {
    browser = new FakeBrowser()
    first = await enter('Cy', { browser })
    await done(ana.room.call(both))
    await done(first.room.accept(both))
    expect(first.view.stage).toBe('connected')
  })

  test('has the call, and the first lets go, even while no server can tell it', async () => {
    const second = duplicate(first, browser)
    server.down = true
    void second.room.resume()
    await settle(0)
    expect(first.view).toMatchObject({ link: 'replaced', callMoved: true })
    expect(live(first)).toEqual([])
    expect(first.openPcs).toEqual([])
    server.down = false
    await settle(10_000)
    expect(second.view.stage).toBe('connected')
    expect(first.view.link).toBe('replaced')
  })

  test('is not robbed by the first waking up without having heard of it', async () => {
    first.window = new EventTarget() // asleep: nothing is told to it, and its stream is deaf
    const deaf = server.streams.get(first.view.self!.id)!
    server.streams.delete(first.view.self!.id)
    const second = duplicate(first, browser)
    await done(second.room.resume())
    expect([first.view.link, second.view.link]).toEqual(['online', 'online'])
    first.document.dispatchEvent(new Event('visibilitychange'))
    await settle(60_000)
    expect([first.view.link, second.view.link]).toEqual(['replaced', 'online'])
    expect(live(first)).toEqual([])
    expect(second.view.stage).toBe('connected')
    expect(deaf.readyState).toBe(2)
  })

  test.each([[true, false], [false, true]])('gives the call back as it was there: microphone %s, camera %s', async (audio, video) => {
    const second = duplicate(first, browser)
    await done(second.room.resume())
    if (!audio) await done(second.room.toggleMic())
    if (!video) await done(second.room.toggleCamera())
    const media: unknown[] = []
    ana.room.subscribe(() => media.push(shown()))
    await done(first.room.takeOver())
    expect([first.view.link, second.view.link]).toEqual(['online', 'replaced'])
    expect(first.view).toMatchObject({ stage: 'connected', local: { audio, video } })
    expect(live(second)).toEqual([])
    expect(new Set(media.map((each) => JSON.stringify(each)))).toEqual(new Set([JSON.stringify({ audio, video, screen: false })]))
  })
})

describe('two pages that look for the server', () => {
  test('of one seat: the later one comes in when it is back, the other says so at once and stays out', async () => {
    const options = { browser: new FakeBrowser(), installed: true }
    const first = await enter('Cy', options)
    server.down = true
    void first.reload()
    await settle(5_000)
    expect(first.view.link).toBe('joining')
    const second = open(options)
    void second.room.resume()
    await settle(0)
    expect([first.view.link, second.view.link]).toEqual(['replaced', 'joining'])
    server.down = false
    await settle(10_000)
    expect([first.view.link, second.view.link]).toEqual(['replaced', 'online'])
    await done(first.room.takeOver())
    expect([first.view.link, second.view.link]).toEqual(['online', 'replaced'])
  })

  test('and one that its person left meanwhile does not come in any more', async () => {
    server.down = true
    void bo.reload()
    await settle(5_000)
    void bo.room.leave()
    server.down = false
    await settle(30_000)
    expect(bo.view.link).toBe('outside')
    expect(bo.room.hasSeat).toBe(false)
  })
})

describe('two windows of the installed app', () => {
  const browser = () => ({ browser: new FakeBrowser(), installed: true })

  test('share the seat; each has it when asked to, and neither fights for it', async () => {
    const options = browser()
    const first = await enter('Cy', options)
    await done(ana.room.call(both))
    await done(first.room.accept(both))
    const second = open(options)
    expect(second.room.hasSeat).toBe(true)
    await done(second.room.resume())
    await done(second.room.toggleMic())
    for (const { window, document } of [first, second]) {
      window.dispatchEvent(new Event('online'))
      document.dispatchEvent(new Event('visibilitychange'))
    }
    await settle(120_000)
    expect([first.view.link, second.view.link]).toEqual(['replaced', 'online'])
    expect(live(first)).toEqual([])
    await done(first.room.takeOver())
    expect(first.view).toMatchObject({ link: 'online', stage: 'connected', local: { audio: false, video: true } })
    expect(second.view.link).toBe('replaced')
    expect(live(second)).toEqual([])
  })

  test('of which the second left the room: the first has nothing to take back, and is at the door', async () => {
    const options = browser()
    const first = await enter('Cy', options)
    const second = open(options)
    await done(second.room.resume())
    await done(second.room.leave())
    expect(first.view).toMatchObject({ link: 'replaced', callMoved: false })
    await done(first.room.takeOver())
    expect(first.view).toMatchObject({ link: 'outside', problem: null })
    expect(first.room.hasSeat).toBe(false)
  })
})
