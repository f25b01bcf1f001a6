import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { seatStorage, sharedStorage } from './storage'

const [session, local] = [{} as Storage, {} as Storage]

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({ matches: false }))
  vi.stubGlobal('navigator', {})
  vi.stubGlobal('sessionStorage', session)
  vi.stubGlobal('localStorage', local)
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('the seat is kept', () => {
  test('in a tab by the tab alone: the next person at a shared computer finds no token', () => expect(seatStorage()).toBe(session))

  test('in the installed app by the app', () => {
    vi.stubGlobal('matchMedia', (query: string) => ({ matches: query === '(display-mode: standalone)' }))
    expect(seatStorage()).toBe(local)
  })

  test('in the installed app on iOS, which says so in its own way', () => {
    vi.stubGlobal('navigator', { standalone: true })
    expect(seatStorage()).toBe(local)
  })

  test('nowhere, where a person forbids storage', () => {
    const forbidden = { get: () => { throw new DOMException('no', 'SecurityError') }, configurable: true }
    Object.defineProperties(globalThis, { sessionStorage: forbidden, localStorage: forbidden })
    expect([seatStorage(), sharedStorage()]).toEqual([null, null])
  })
})
