import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeTab } from './testing/fake-browser'
import { FakeServer } from './testing/fake-server'

const both = { audio: true, video: true }
let server: FakeServer
let tabs: FakeTab[]
let ana: FakeTab
let bo: FakeTab
/** What each was shown, since watch(). */
let shown: Map<FakeTab, Set<string>>

const settle = (ms = 500) => vi.advanceTimersByTimeAsync(ms)
async function done(deed: Promise<void>): Promise<void> {
  await Promise.all([deed, settle()])
}
const idOf = (tab: FakeTab) => tab.view.self!.id
const stages = () => tabs.map((tab) => tab.view.stage)

async function enter(name: string): Promise<FakeTab> {
  const tab = new FakeTab(server)
  tabs.push(tab)
  await done(tab.room.join({ name }))
  return tab
}

async function connect(...callees: FakeTab[]): Promise<void> {
  await done(ana.room.call(both))
  for (const tab of callees) await done(tab.room.accept(both))
  await settle(2_000)
  for (const tab of [ana, ...callees]) expect(tab.view.stage).toBe('connected')
}

function watch(): void {
  shown = new Map(tabs.map((tab) => [tab, new Set([tab.view.stage])]))
  for (const tab of tabs) tab.room.subscribe(({ stage, remotes }) => shown.get(tab)!.add(stage === 'connected' ? `connected to ${remotes.length}` : stage))
}
const shownTo = (tab: FakeTab) => [...shown.get(tab)!].filter((each) => each !== 'connected')

/** Everybody asks for the server at once, and not when it is their time. */
function wakeUp(): void {
  for (const tab of tabs) tab.window.dispatchEvent(new Event('online'))
}

/** Killed and back within the first attempts to find it again. */
async function restart(): Promise<void> {
  watch()
  server.restart()
  await settle(2_000)
}

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T09:30:00.000Z') })
  vi.stubGlobal('navigator', {})
  server = new FakeServer()
  tabs = []
  ana = await enter('Ana')
  bo = await enter('Bo')
})
afterEach(() => {
  for (const tab of tabs) tab.room.dispose()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('a server that kept nothing comes back while two talk', () => {
  test('they talk on, in the same call, and either can end it', async () => {
    await connect(bo)
    const { id } = server.call!
    await restart()
    expect(server.call).toMatchObject({ id, state: 'active', participants: [idOf(ana), idOf(bo)] })
    for (const tab of tabs) expect(shownTo(tab)).toEqual(['connected to 1'])
    expect(ana.openPcs[0]!.partner).toBe(bo.openPcs[0])
    await settle(150_000)
    expect(stages()).toEqual(['connected', 'connected'])
    await done(bo.room.hangup())
    expect(ana.view).toMatchObject({ stage: 'ended', outcome: 'hangup' })
  })

  test('whoever comes back first, and however much later the other', async () => {
    await connect(bo)
    for (const late of tabs) {
      server.cutOff.add(idOf(late))
      await restart()
      await settle(40_000)
      expect(server.call).toBeNull()
      server.cutOff.clear()
      wakeUp()
      await settle(5_000)
      expect(server.call).toMatchObject({ state: 'active', participants: [idOf(ana), idOf(bo)] })
      for (const tab of tabs) expect(shownTo(tab)).toEqual(['connected to 1'])
    }
  })

  test('again and again, in the middle of it too', async () => {
    await connect(bo)
    for (const ms of [2, 5, 10, 50, 200, 500, 1_000, 0, 3_000]) {
      await restart()
      server.restart()
      await settle(ms)
    }
    await settle(5_000)
    expect(server.call).toMatchObject({ state: 'active', participants: [idOf(ana), idOf(bo)] })
    for (const tab of tabs) expect(shownTo(tab)).toEqual(['connected to 1'])
  })

  test('the other one does not come back: it has failed after two minutes, and not before', async () => {
    await connect(bo)
    server.cutOff.add(idOf(bo))
    await restart()
    await settle(115_000)
    expect(ana.view.stage).toBe('connected')
    await settle(5_000)
    expect(ana.view).toMatchObject({ stage: 'ended', outcome: 'failed' })
    expect(ana.openPcs).toEqual([])
  })

  test('time without the server does not count', async () => {
    await connect(bo)
    server.cutOff.add(idOf(bo))
    await restart()
    server.cutOff.add(idOf(ana))
    server.streams.get(idOf(ana))!.cut()
    await settle(150_000)
    server.cutOff.clear()
    wakeUp()
    await settle(5_000)
    for (const tab of tabs) expect(shownTo(tab)).toEqual(['connected to 1'])
    expect(server.call?.state).toBe('active')
  })

  test.each(['ana', 'bo'])('%s hangs up before the server is back: out for good', async (who) => {
    await connect(bo)
    const [leaver, other] = who === 'ana' ? [ana, bo] : [bo, ana]
    watch()
    server.down = true
    server.restart()
    void leaver.room.hangup()
    await settle(1_000)
    server.down = false
    await settle(15_000)
    expect(other.view).toMatchObject({ stage: 'ended', outcome: 'hangup' })
    expect(leaver.view).toMatchObject({ stage: 'ended', outcome: 'hangup' })
    for (const tab of tabs) expect(shownTo(tab)).not.toContain('ringing')
    expect(server.call).toMatchObject({ state: 'ended' })
  })

  test('somebody else calls in the empty room before both are back: one is told that theirs is over', async () => {
    await connect(bo)
    const cy = await enter('Cy')
    for (const tab of [ana, bo]) server.cutOff.add(idOf(tab))
    await restart()
    await settle(8_000)
    await done(cy.room.call(both))
    server.cutOff.clear()
    wakeUp()
    await settle(10_000)
    expect(['ringing', 'ended']).toContain(ana.view.stage)
    expect(ana.openPcs).toEqual([])
  })

  test('without a word that it lost its log, the call is over', async () => {
    await connect(bo)
    server.call = null
    wakeUp()
    await settle()
    for (const tab of tabs) expect(tab.view).toMatchObject({ stage: 'ended', outcome: 'failed' })
  })
})

describe('a page that is loaded anew meanwhile', () => {
  test.each(['ana', 'bo'])('%s’s: back in the call, muted as before', async (who) => {
    await connect(bo)
    const [tab, other] = who === 'ana' ? [ana, bo] : [bo, ana]
    await done(tab.room.toggleMic())
    watch()
    server.restart()
    await done(tab.reload())
    await settle(10_000)
    expect(stages()).toEqual(['connected', 'connected'])
    expect(tab.view.local).toMatchObject({ audio: false, video: true })
    expect(tab.openPcs[0]!.partner).toBe(other.openPcs[0])
    expect(server.call).toMatchObject({ state: 'active', participants: [idOf(ana), idOf(bo)] })
    expect(shownTo(other)).not.toContain('ended')
  })

  test('both', async () => {
    await connect(bo)
    server.restart()
    await Promise.all([ana.reload(), bo.reload(), settle()])
    await settle(10_000)
    expect(stages()).toEqual(['connected', 'connected'])
    expect(server.call).toMatchObject({ state: 'active', participants: [idOf(ana), idOf(bo)] })
  })

  test('after the others have made the call again', async () => {
    server.capacity = 3
    const cy = await enter('Cy')
    await connect(bo, cy)
    bo.window.dispatchEvent(new Event('pagehide'))
    bo.room.dispose()
    await restart()
    await settle(15_000)
    expect(server.call).toMatchObject({ state: 'active', participants: [idOf(ana), idOf(cy)] })
    await done(bo.openAnew())
    await settle(5_000)
    expect(stages()).toEqual(['connected', 'connected', 'connected'])
    expect(server.call!.participants).toContain(idOf(bo))
  })

  test('while it rings, on either side', async () => {
    await done(ana.room.call(both))
    server.restart()
    await Promise.all([ana.reload(), bo.reload(), settle()])
    await settle(5_000)
    expect(stages()).toEqual(['calling', 'ringing'])
    await done(bo.room.accept(both))
    await settle(2_000)
    expect(stages()).toEqual(['connected', 'connected'])
  })

  test('long after: the call is not looked for any more', async () => {
    await connect(bo)
    for (const tab of tabs) tab.room.dispose()
    server.restart()
    await settle(150_000)
    await done(ana.openAnew())
    await done(bo.openAnew())
    await settle(30_000)
    expect(stages()).toEqual(['idle', 'idle'])
    expect(server.requests.filter((line) => line.startsWith('POST') && line.endsWith('/calls'))).toHaveLength(1)
  })
})

describe('three', () => {
  let cy: FakeTab
  beforeEach(async () => {
    server.capacity = 3
    cy = await enter('Cy')
    await connect(bo, cy)
    expect(cy.view.remotes).toHaveLength(2)
  })
  const places = () => server.call?.participants

  test('all of them talk on, in their order', async () => {
    await restart()
    expect(places()).toEqual([ana, bo, cy].map(idOf))
    for (const tab of tabs) expect(shownTo(tab)).toEqual(['connected to 2'])
    await done(cy.room.hangup())
    expect(ana.view.remotes).toHaveLength(1)
    expect(server.call?.state).toBe('active')
  })

  test.each([0, 1, 2])('number %i comes back seconds later: they are waited for, and keep their place', async (index) => {
    server.cutOff.add(idOf(tabs[index]!))
    await restart()
    await settle(6_000)
    expect(server.call).toBeNull()
    server.cutOff.clear()
    wakeUp()
    await settle(5_000)
    expect(places()).toEqual([ana, bo, cy].map(idOf))
    for (const tab of tabs) expect(shownTo(tab)).toEqual(['connected to 2'])
  })

  test.each([0, 1, 2])('number %i comes back half a minute later: nobody lets go of anybody before', async (index) => {
    server.cutOff.add(idOf(tabs[index]!))
    await restart()
    await settle(30_000)
    expect(server.call).toMatchObject({ state: 'active' })
    for (const tab of tabs) expect(shownTo(tab)).toEqual(['connected to 2'])
    server.cutOff.clear()
    wakeUp()
    await settle(15_000)
    expect(places()?.toSorted()).toEqual([ana, bo, cy].map(idOf))
    for (const tab of tabs) expect(tab.openPcs.map(({ partner }) => partner !== null)).toEqual([true, true])
    expect(stages()).toEqual(['connected', 'connected', 'connected'])
  })

  test('one does not come back: the others let go of them after two minutes, and talk on', async () => {
    server.cutOff.add(idOf(bo))
    await restart()
    await settle(100_000)
    expect(shownTo(ana)).toEqual(['connected to 2'])
    await settle(25_000)
    expect([ana.view.stage, cy.view.stage]).toEqual(['connected', 'connected'])
    expect([ana, cy].map(({ view }) => view.remotes.map(({ peer }) => peer.id))).toEqual([[idOf(cy)], [idOf(ana)]])
    await settle(10_000)
    expect(bo.view.stage).not.toBe('idle')
  })

  test('one hangs up meanwhile: they are not asked back', async () => {
    watch()
    server.down = true
    server.restart()
    void bo.room.hangup()
    await settle(1_000)
    server.down = false
    await settle(15_000)
    expect(bo.view).toMatchObject({ stage: 'ended', outcome: 'hangup' })
    expect(shownTo(bo)).not.toContain('ringing')
    expect(places()).toEqual([idOf(ana), idOf(cy)])
    for (const tab of [ana, cy]) expect(tab.view.remotes).toHaveLength(1)
  })
})

describe('while it rings', () => {
  test('it rings on, here and there, and the answer counts', async () => {
    await done(ana.room.call(both))
    const { id } = server.call!
    await restart()
    expect(shownTo(ana)).toEqual(['calling'])
    expect(shownTo(bo)).toEqual(['ringing'])
    expect(server.call).toMatchObject({ id, state: 'ringing', caller: idOf(ana) })
    await done(bo.room.accept(both))
    await settle(2_000)
    expect(stages()).toEqual(['connected', 'connected'])
  })

  test('answered while the server was away: the call is set up once its caller has made it again', async () => {
    await done(ana.room.call(both))
    watch()
    server.cutOff.add(idOf(ana))
    server.restart()
    void bo.room.accept(both)
    await settle(20_000)
    expect(bo.view.stage).toBe('connecting')
    server.cutOff.clear()
    ana.window.dispatchEvent(new Event('online'))
    await settle(3_000)
    expect(stages()).toEqual(['connected', 'connected'])
    expect(bo.view.problem).toBeNull()
  })

  test('refused while the server was away: it does not ring again', async () => {
    await done(ana.room.call(both))
    watch()
    server.down = true
    server.restart()
    void bo.room.decline()
    await settle(1_000)
    server.down = false
    shown.get(bo)!.clear()
    await settle(15_000)
    expect(shownTo(bo)).not.toContain('ringing')
    expect(ana.view).toMatchObject({ stage: 'ended', outcome: 'declined' })
  })

  test('the caller does not come back: missed, once it has rung for its time', async () => {
    await done(ana.room.call(both))
    server.cutOff.add(idOf(ana))
    await restart()
    await settle(38_000)
    expect(bo.view.stage).toBe('ringing')
    await settle(10_000)
    expect(bo.view).toMatchObject({ stage: 'ended', outcome: 'missed' })
  })
})

describe('at the moment of the answer', () => {
  test.each([1, 2, 3, 4, 5, 8, 12, 20, 40, 80])('%i ms after it was given, the call is set up all the same', async (ms) => {
    await done(ana.room.call(both))
    void bo.room.accept(both)
    await settle(ms)
    await restart()
    await settle(15_000)
    expect(stages()).toEqual(['connected', 'connected'])
    expect(tabs.map((tab) => tab.view.problem)).toEqual([null, null])
    expect(server.call).toMatchObject({ state: 'active', participants: [idOf(ana), idOf(bo)] })
    for (const tab of tabs) expect(shownTo(tab)).not.toContain('ended')
  })
})
