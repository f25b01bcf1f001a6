import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiProblem } from './api'
import { systemClock } from './clock'
import { keepRenewed, keptSeats, SeatKeeper, type Seat } from './seat'

class FakeStorage {
  readonly items = new Map<string, string>()
  full = false
  get length() { return this.items.size }
  key(index: number) { return [...this.items.keys()][index] ?? null }
  getItem(key: string) { return this.items.get(key) ?? null }
  setItem(key: string, value: string) {
    if (this.full) throw new DOMException('no', 'QuotaExceededError')
    this.items.set(key, value)
  }

  removeItem(key: string) { this.items.delete(key) }
}

const hourMs = 3_600_000
const described: Seat['described'] = {
  id: 'c1', room: 'family', revision: 2, state: 'active', video: true, caller: 'p1', invited: [{ peer: 'p2', state: 'accepted' }], participants: ['p1', 'p2'],
  createdAt: '2026-03-01T09:30:00.000Z', answeredAt: '2026-03-01T09:30:05.000Z',
}
const seat: Seat = {
  room: 'family', peer: 'p1', name: 'Ana', token: 't1', streamToken: 's1', tokenExpiresAt: '2026-03-01T12:00:00.000Z',
  call: 'c1', described, microphone: 'off', camera: 'on', facing: 'environment', seenAtMs: 1_000,
}
let storage: FakeStorage
beforeEach(() => { storage = new FakeStorage() })

describe('the seat', () => {
  test('survives a reload', () => {
    new SeatKeeper(storage, 'family').take(seat)
    expect(new SeatKeeper(storage, 'family').seat).toEqual(seat)
  })

  test('is of one room', () => {
    new SeatKeeper(storage, 'family').take(seat)
    expect(new SeatKeeper(storage, 'work').seat).toBeNull()
  })

  test('changes in part, and is forgotten whole', () => {
    const keeper = new SeatKeeper(storage, 'family')
    keeper.take(seat)
    keeper.update({ call: null })
    expect(new SeatKeeper(storage, 'family').seat).toEqual({ ...seat, call: null })
    keeper.forget()
    expect(keeper.seat).toBeNull()
    expect(storage.items.size).toBe(0)
  })

  test.each(['', 'no JSON', '{}', '{"room":"family"}', 'null'])('what somebody else wrote there is none: %s', (text) => {
    storage.setItem('yodel.seat.family', text)
    expect(new SeatKeeper(storage, 'family').seat).toBeNull()
  })

  test('where storage is forbidden it lasts as long as the page', () => {
    const forbidden = () => { throw new DOMException('no', 'SecurityError') }
    const keeper = new SeatKeeper({ getItem: forbidden, setItem: forbidden, removeItem: forbidden }, 'family')
    keeper.take(seat)
    expect(keeper.seat).toEqual(seat)
    keeper.reread()
    expect(keeper.seat).toEqual(seat)
    keeper.forget()
    expect(keeper.seat).toBeNull()
    expect(keptSeats({ getItem: forbidden, setItem: forbidden, removeItem: forbidden, key: forbidden, length: 1 })).toEqual([])
  })

  test('where storage is full nothing is left of the state before: who muted since does not come back unmuted', () => {
    const keeper = new SeatKeeper(storage, 'family')
    keeper.take({ ...seat, microphone: 'on' })
    storage.full = true
    keeper.update({ microphone: 'off' })
    expect(keeper.seat?.microphone).toBe('off')
    expect(new SeatKeeper(storage, 'family').seat).toBeNull()
  })

  test('is taken up as another window of the app left it', () => {
    const [first, second] = [new SeatKeeper(storage, 'family'), new SeatKeeper(storage, 'family')]
    first.take(seat)
    second.reread()
    second.update({ token: 't2', microphone: 'on' })
    first.reread()
    expect(first.seat).toEqual({ ...seat, token: 't2', microphone: 'on' })
    second.forget()
    first.reread()
    expect(first.seat).toBeNull()
  })

  test('is erased while the page that leaves still speaks with it', () => {
    const keeper = new SeatKeeper(storage, 'family')
    keeper.take(seat)
    keeper.erase()
    expect(keeper.seat).toEqual(seat)
    expect(new SeatKeeper(storage, 'family').seat).toBeNull()
  })

  test('is found among those of all rooms', () => {
    new SeatKeeper(storage, 'family').take(seat)
    new SeatKeeper(storage, 'work').take({ ...seat, room: 'work', call: null })
    storage.setItem('yodel.seat.broken', '{')
    storage.setItem('yodel.name', 'Ana')
    expect(keptSeats(storage).map(({ room, call }) => [room, call])).toEqual([['family', 'c1'], ['work', null]])
    expect(keptSeats(null)).toEqual([])
  })
})

describe('renewal', () => {
  beforeEach(() => vi.useFakeTimers({ now: Date.parse('2026-03-01T00:00:00.000Z') }))
  afterEach(() => vi.useRealTimers())

  const stay = () => {
    const seats = new SeatKeeper(storage, 'family')
    seats.take(seat)
    return { seats, aborter: new AbortController(), onRefused: vi.fn() }
  }
  const renewed = { token: 't2', streamToken: 's2', tokenExpiresAt: '2026-03-02T00:00:00.000Z' }

  test('before the tokens run out, again and again', async () => {
    const { seats, aborter, onRefused } = stay()
    const renew = vi.fn().mockResolvedValueOnce(renewed).mockResolvedValue({ ...renewed, token: 't3' })
    keepRenewed({ clock: systemClock, seats, renew, onRefused, signal: aborter.signal })
    await vi.advanceTimersByTimeAsync(9.5 * hourMs)
    expect(renew).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(0.2 * hourMs)
    expect(seats.seat).toMatchObject({ ...renewed, call: 'c1' })
    await vi.advanceTimersByTimeAsync(12 * hourMs)
    expect(seats.seat?.token).toBe('t3')
    aborter.abort()
  })

  test('again when the network was away', async () => {
    const { seats, aborter, onRefused } = stay()
    const renew = vi.fn().mockRejectedValueOnce(new ApiProblem({ code: 'network', status: 0, retryable: true })).mockResolvedValue(renewed)
    keepRenewed({ clock: systemClock, seats, renew, onRefused, signal: aborter.signal })
    await vi.advanceTimersByTimeAsync(9.7 * hourMs)
    expect(seats.seat?.token).toBe('t2')
    aborter.abort()
  })

  test('a seat that is lost is told', async () => {
    const { seats, aborter, onRefused } = stay()
    const renew = vi.fn().mockRejectedValue(new ApiProblem({ code: 'token-revoked', status: 401, retryable: false }))
    keepRenewed({ clock: systemClock, seats, renew, onRefused, signal: aborter.signal })
    await vi.advanceTimersByTimeAsync(24 * hourMs)
    expect(onRefused).toHaveBeenCalledOnce()
    expect(renew).toHaveBeenCalledOnce()
  })

  test('ends with the stay', async () => {
    const { seats, aborter, onRefused } = stay()
    const renew = vi.fn().mockResolvedValue(renewed)
    keepRenewed({ clock: systemClock, seats, renew, onRefused, signal: aborter.signal })
    aborter.abort()
    await vi.advanceTimersByTimeAsync(24 * hourMs)
    expect(renew).not.toHaveBeenCalled()
  })
})
