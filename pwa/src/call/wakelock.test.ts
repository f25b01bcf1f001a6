import { beforeEach, expect, test } from 'vitest'
import { ScreenLock } from './wakelock'

class FakeSentinel extends EventTarget {
  released = false

  release(): Promise<void> {
    this.released = true
    this.dispatchEvent(new Event('release'))
    return Promise.resolve()
  }
}

let asked: number
let refused: boolean
let sentinels: FakeSentinel[]
let window: EventTarget
let document: EventTarget & { visibilityState: DocumentVisibilityState }
let page: AbortController
let lock: ScreenLock

beforeEach(() => {
  asked = 0
  refused = false
  sentinels = []
  window = new EventTarget()
  document = Object.assign(new EventTarget(), { visibilityState: 'visible' as const })
  page = new AbortController()
  const request = (): Promise<FakeSentinel> => {
    asked++
    if (refused || document.visibilityState !== 'visible') return Promise.reject(new DOMException('no', 'NotAllowedError'))
    sentinels.push(new FakeSentinel())
    return Promise.resolve(sentinels.at(-1)!)
  }
  lock = new ScreenLock({ wakeLock: { request } as unknown as WakeLock, window, document }, page.signal)
})

const settle = () => new Promise((resolve) => setTimeout(resolve))
const held = () => sentinels.filter(({ released }) => !released).length

/** As a browser does: a hidden page loses its lock. */
async function show(visibilityState: DocumentVisibilityState): Promise<void> {
  document.visibilityState = visibilityState
  if (visibilityState === 'hidden') for (const sentinel of sentinels) if (!sentinel.released) await sentinel.release()
  document.dispatchEvent(new Event('visibilitychange'))
  await settle()
}

test('one lock for a call, however often it is said', async () => {
  for (const wanted of [true, true, true]) lock.hold(wanted)
  await settle()
  lock.hold(true)
  await settle()
  expect([asked, held()]).toEqual([1, 1])
  lock.hold(false)
  expect(held()).toBe(0)
})

test('taken again when the page comes to the front', async () => {
  lock.hold(true)
  await settle()
  await show('hidden')
  expect(held()).toBe(0)
  await show('visible')
  expect(held()).toBe(1)
})

test('taken again when the system takes it from a page that is to be seen', async () => {
  lock.hold(true)
  await settle()
  await sentinels[0]!.release()
  await settle()
  expect(held()).toBe(1)
})

test('refused, it is asked for at the next signal and not before', async () => {
  refused = true
  lock.hold(true)
  await settle()
  lock.hold(true)
  await settle()
  expect(asked).toBe(1)
  refused = false
  window.dispatchEvent(new Event('pageshow'))
  await settle()
  expect(held()).toBe(1)
})

test('the call over while it is still being asked for', async () => {
  lock.hold(true)
  lock.hold(false)
  await settle()
  expect(held()).toBe(0)
})

test('the page done with', async () => {
  lock.hold(true)
  await settle()
  page.abort()
  expect(held()).toBe(0)
  await show('visible')
  expect(held()).toBe(0)
})
