import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../protocol/clock'
import { SeatKeeper, type Seat } from '../protocol/seat'
import { keptCall } from './kept'

const minuteMs = 60_000
const now = Date.parse('2026-03-01T09:30:00.000Z')
const items = new Map<string, string>()
const storage = {
  get length() { return items.size },
  key: (index: number) => [...items.keys()][index] ?? null,
  getItem: (key: string) => items.get(key) ?? null,
  setItem: (key: string, value: string) => void items.set(key, value),
  removeItem: (key: string) => void items.delete(key),
}
const fetcher = vi.fn<typeof fetch>()
const page = { window: new EventTarget(), document: Object.assign(new EventTarget(), { visibilityState: 'visible' as const }) }

beforeEach(() => {
  vi.useFakeTimers({ now })
  items.clear()
  fetcher.mockReset()
})
afterEach(() => vi.useRealTimers())

function sit(room: string, more: Partial<Seat> = {}): void {
  new SeatKeeper(storage, room).take({
    room, peer: `peer-${room}`, name: 'Ana', token: 't', streamToken: 's', tokenExpiresAt: new Date(now + 600 * minuteMs).toISOString(),
    call: `call-${room}`, described: null, microphone: 'on', camera: 'on', facing: 'user', seenAtMs: now - minuteMs, ...more,
  })
}
const kept = () => keptCall({ ...page, storage, clock: systemClock, fetch: fetcher })
const rooms = () => [...items.keys()].map((key) => key.replace('yodel.seat.', ''))
const answer = (call: unknown) => Response.json({ room: 'alp', peerCount: 1, callCapacity: 2, passcodeRequired: false, call })
async function isOn(signal = new AbortController().signal): Promise<boolean> {
  const asked = kept()!.isOn(signal)
  await vi.advanceTimersByTimeAsync(minuteMs)
  return asked
}

describe('of the seats that are kept', () => {
  test('the latest call is the one to go back to', () => {
    sit('valley', { seenAtMs: now - 3 * minuteMs })
    sit('alp', { seenAtMs: now - 2 * minuteMs })
    sit('lake', { call: null, seenAtMs: 0 })
    expect(kept()?.room).toBe('alp')
    expect(rooms()).toEqual(['valley', 'alp', 'lake'])
  })

  test('none, where no call was on', () => {
    sit('lake', { call: null, seenAtMs: 0 })
    expect(kept()).toBeNull()
    expect(rooms()).toEqual(['lake'])
  })

  test('a call of hours ago is forgotten, and so is a token that has run out', () => {
    sit('valley', { seenAtMs: now - 11 * minuteMs })
    sit('lake', { call: null, tokenExpiresAt: new Date(now - 1).toISOString() })
    expect(kept()).toBeNull()
    expect(rooms()).toEqual([])
  })

  test('where storage is forbidden there are none', () => expect(keptCall({ ...page, storage: null, clock: systemClock, fetch: fetcher })).toBeNull())
})

describe('whether it is still on', () => {
  beforeEach(() => sit('alp'))

  test.each(['ringing', 'active'])('it is while %s, and the room hears nothing of our asking', async (state) => {
    fetcher.mockResolvedValue(answer({ state }))
    expect(await isOn()).toBe(true)
    expect(fetcher.mock.calls[0]![0]).toBe('/api/v1/rooms/alp')
    expect(new Headers(fetcher.mock.calls[0]![1]?.headers).has('Authorization')).toBe(false)
    expect(rooms()).toEqual(['alp'])
  })

  test.each([['ended', () => answer({ state: 'ended' })], ['gone', () => answer(null)], ['of a room that is gone', () => Response.json({ code: 'room-not-found', retryable: false }, { status: 404 })]])('a call that is %s is forgotten', async (_, response) => {
    fetcher.mockImplementation(async () => response())
    expect(await isOn()).toBe(false)
    expect(rooms()).toEqual([])
  })

  test('the server is looked for as long as it takes', async () => {
    fetcher.mockRejectedValue(new TypeError('Failed to fetch'))
    const asked = kept()!.isOn(new AbortController().signal)
    await vi.advanceTimersByTimeAsync(30 * minuteMs)
    fetcher.mockResolvedValue(answer({ state: 'active' }))
    page.window.dispatchEvent(new Event('online')) // at once then
    await vi.advanceTimersByTimeAsync(0)
    expect(await asked).toBe(true)
  })

  test('nobody goes anywhere, and nothing is forgotten, where the person would rather not wait', async () => {
    fetcher.mockRejectedValue(new TypeError('Failed to fetch'))
    const aborter = new AbortController()
    const asked = isOn(aborter.signal)
    aborter.abort()
    expect(await asked).toBe(false)
    expect(rooms()).toEqual(['alp'])
  })
})
