import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeBrowser, FakeTab } from './testing/fake-browser'
import { FakeServer } from './testing/fake-server'

const both = { audio: true, video: true }
let server: FakeServer
let tabs: FakeTab[]

const settle = (ms = 500) => vi.advanceTimersByTimeAsync(ms)
async function done(deed: Promise<void>, ms?: number): Promise<void> {
  await Promise.all([deed, settle(ms)])
}

function open(options?: ConstructorParameters<typeof FakeTab>[1]): FakeTab {
  const tab = new FakeTab(server, options)
  tabs.push(tab)
  return tab
}

async function enter(name: string, options?: ConstructorParameters<typeof FakeTab>[1]): Promise<FakeTab> {
  const tab = open(options)
  await done(tab.room.join({ name }))
  return tab
}

const polls = () => server.requests.filter((line) => line.includes('/events'))

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T09:30:00.000Z') })
  vi.stubGlobal('navigator', {})
  server = new FakeServer()
  tabs = []
})
afterEach(() => {
  for (const tab of tabs) tab.room.dispose()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('on a healthy network nothing is asked for beside the stream, in a call or out of it', async () => {
  const [ana, bo] = [await enter('Ana'), await enter('Bo')]
  await settle(120_000)
  await done(ana.room.call(both))
  await done(bo.room.accept(both))
  await done(bo.room.toggleMic())
  await settle(120_000)
  await done(bo.room.hangup())
  await settle(120_000)
  expect(polls()).toEqual([])
  expect(ana.view).toMatchObject({ link: 'online', rung: 'sse' })
})

describe('behind somebody who holds streams back', () => {
  beforeEach(() => { server.holdsStreams = true })

  test('everybody is online within 1.1 s, and sees how', async () => {
    const ana = await enter('Ana')
    expect(ana.view).toMatchObject({ link: 'joining', rung: null })
    await settle(600)
    expect(ana.view).toMatchObject({ link: 'online', rung: 'long-poll' })
  })

  test('a call rings, is accepted and ends', async () => {
    const [ana, bo] = [await enter('Ana'), await enter('Bo')]
    await settle(700)
    await done(ana.room.call(both), 100)
    expect(bo.view.stage).toBe('ringing')
    await done(bo.room.accept(both))
    expect([ana.view.stage, bo.view.stage]).toEqual(['connected', 'connected'])
    await settle(60_000)
    expect([ana.view.stage, bo.view.stage]).toEqual(['connected', 'connected'])
    await done(ana.room.hangup(), 100)
    expect(bo.view.stage).toBe('ended')
  })

  test('the next page of this browser begins with what works', async () => {
    const browser = new FakeBrowser()
    await enter('Ana', { browser })
    await settle(20_000)
    server.requests.splice(0)
    const tab = open({ browser })
    await done(tab.room.join({ name: 'Ana again' }), 50)
    expect(tab.view).toMatchObject({ link: 'online', rung: 'long-poll' })
  })

  test('the line is gone when streams get through again', async () => {
    const ana = await enter('Ana')
    await settle(20_000)
    expect(ana.view.rung).toBe('long-poll')
    server.holdsStreams = false
    await settle(80_000)
    expect(ana.view).toMatchObject({ link: 'online', rung: 'sse' })
  })
})

describe('a page that is reloaded while the server is out of reach', () => {
  async function reloaded(): Promise<FakeTab> {
    const tab = await enter('Ana')
    server.down = true
    void tab.reload()
    await settle(3_600_000)
    expect(tab.view).toMatchObject({ link: 'joining', problem: null })
    return tab
  }

  test('looks for it, an hour and longer, and is back within 8 s', async () => {
    const tab = await reloaded()
    server.down = false
    await settle(8_100)
    expect(tab.view).toMatchObject({ link: 'online', self: { name: 'Ana' } })
  })

  test.each([
    ['online', (tab: FakeTab) => tab.window.dispatchEvent(new Event('online'))],
    ['visible', (tab: FakeTab) => tab.document.dispatchEvent(new Event('visibilitychange'))],
    ['thawed', (tab: FakeTab) => tab.document.dispatchEvent(new Event('resume'))],
  ])('is back at once when it is %s', async (_, wake) => {
    const tab = await reloaded()
    server.down = false
    wake(tab)
    await settle(20)
    expect(tab.view.link).toBe('online')
  })

  test('a proxy’s own refusals do not cost it the seat', async () => {
    const tab = await enter('Ana')
    server.down = true
    void tab.reload()
    await settle(1_000)
    server.down = false
    server.pages.push(401, 403, 404, 502)
    await settle(40_000)
    expect(tab.view).toMatchObject({ link: 'online', self: { name: 'Ana' } })
  })

  test('and that is left stops looking', async () => {
    const tab = await reloaded()
    tab.room.dispose()
    server.requests.splice(0)
    await settle(60_000)
    expect(server.requests).toEqual([])
  })
})

describe('waking up', () => {
  test('several signals of it open one stream', async () => {
    const tab = await enter('Ana')
    const before = server.opened
    tab.document.dispatchEvent(new Event('resume'))
    tab.document.dispatchEvent(new Event('visibilitychange'))
    tab.window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
    tab.window.dispatchEvent(new Event('online'))
    await settle(5_000)
    expect(server.opened).toBe(before + 1)
    expect(tab.view.link).toBe('online')
  })

  test('a page out of the back-forward cache opens what it had closed', async () => {
    const tab = await enter('Ana')
    tab.window.dispatchEvent(new Event('pagehide'))
    await settle(60_000)
    const before = server.opened
    tab.window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
    await settle(100)
    expect(server.opened).toBe(before + 1)
  })
})
