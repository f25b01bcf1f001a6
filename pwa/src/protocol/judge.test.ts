import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ServerTime, systemClock } from './clock'
import { Judge } from './judge'
import { stamp, written } from './testing/fake-ways'

const told = { onDoubt: vi.fn(), onSilent: vi.fn(), onOverdue: vi.fn(), onHeld: vi.fn(), onProven: vi.fn() }
let time: ServerTime
let judge: Judge
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms)
/** The page sleeps, or its own work blocks it: nothing of it runs, and the clock goes on. */
const sleep = (ms: number) => vi.setSystemTime(Date.now() + ms)
const hello = () => judge.heard(written.hello('e-0'))
/** A heartbeat that was so long on its way. */
const heartbeat = (lateMs: number) => judge.heard(written.heartbeat(Date.now() - lateMs))

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T09:30:00.000Z') })
  for (const each of Object.values(told)) each.mockReset()
  time = new ServerTime(systemClock)
  time.learnShort(stamp())
  judge = new Judge({ clock: systemClock, time, ...told })
  judge.opened()
})
afterEach(() => {
  judge.dismiss()
  expect(vi.getTimerCount(), 'timers left').toBe(0)
  vi.useRealTimers()
})

describe('a hello', () => {
  test('within a second: no doubt', async () => {
    await wait(999)
    hello()
    await wait(11_000)
    expect(told.onDoubt).not.toHaveBeenCalled()
  })

  test('after a second: doubt; after three: overdue, and held back where short replies get through', async () => {
    await wait(1_000)
    expect(told.onDoubt).toHaveBeenCalledOnce()
    judge.answered()
    await wait(1_999)
    expect(told.onOverdue).not.toHaveBeenCalled()
    await wait(1)
    expect(told.onOverdue).toHaveBeenCalledOnce()
    await wait(1)
    expect(told.onHeld).toHaveBeenCalledOnce()
  })

  test('has a second after a short reply that took long itself', async () => {
    await wait(6_000)
    judge.answered()
    await wait(999)
    expect(told.onHeld).not.toHaveBeenCalled()
    await wait(1)
    expect(told.onHeld).toHaveBeenCalledOnce()
  })

  test('is waited for as long as nothing else gets through', async () => {
    await wait(20_000)
    expect(told.onHeld).not.toHaveBeenCalled()
    await wait(5_000)
    expect(told.onSilent).toHaveBeenCalledOnce()
  })

  test('that a page could not see, for its own work: no doubt', async () => {
    sleep(5_000)
    await wait(1_000)
    hello()
    await wait(5_000)
    expect(told.onDoubt).not.toHaveBeenCalled()
  })

  test('that a page could not see in doubt is waited for anew', async () => {
    await wait(1_000)
    judge.answered()
    sleep(60_000)
    await wait(2_000)
    hello()
    await wait(5_000)
    expect(told.onHeld).not.toHaveBeenCalled()
  })
})

describe('an event that is late', () => {
  /** In doubt, and short replies get through. */
  async function inDoubt() {
    hello()
    await wait(5_000)
    judge.suspect()
    await wait(20)
    judge.answered()
  }

  test('is doubt', async () => {
    hello()
    await wait(5_000)
    heartbeat(2_100)
    expect(told.onDoubt).toHaveBeenCalledOnce()
    expect(told.onHeld).not.toHaveBeenCalled()
  })

  test('though it was written while short replies got through: held back', async () => {
    await inDoubt()
    await wait(5_000)
    heartbeat(2_100)
    expect(told.onHeld).toHaveBeenCalledOnce()
  })

  test('and was written before they did says nothing of the stream alone: the network was gone, the server frozen', async () => {
    await inDoubt()
    await wait(1_000)
    heartbeat(2_100)
    expect(told.onHeld).not.toHaveBeenCalled()
  })

  test('and was written before the last that failed: the same', async () => {
    await inDoubt()
    await wait(5_000)
    judge.unanswered()
    await wait(1_000)
    judge.answered()
    heartbeat(3_000)
    expect(told.onHeld).not.toHaveBeenCalled()
    await wait(5_000)
    heartbeat(3_000)
    expect(told.onHeld).toHaveBeenCalledOnce()
  })

  test('to a page that was blocked when it came: the same', async () => {
    await inDoubt()
    await wait(5_000)
    sleep(2_500)
    heartbeat(2_400)
    expect(told.onHeld).not.toHaveBeenCalled()
  })

  test('by a clock that was set in the meantime is in time, as short replies show', async () => {
    await inDoubt()
    await wait(5_000)
    sleep(3_600_000)
    heartbeat(0)
    time.learnShort(stamp(Date.now() - 3_600_000))
    await wait(5_000)
    judge.heard(written.heartbeat(Date.now() - 3_600_000))
    expect(told.onHeld).not.toHaveBeenCalled()
    expect(told.onProven).toHaveBeenCalledOnce()
  })
})

describe('doubt is over', () => {
  beforeEach(() => hello())

  test('with a heartbeat in time', async () => {
    judge.suspect()
    await wait(8_000)
    heartbeat(30)
    expect(told.onProven).toHaveBeenCalledOnce()
    expect(judge.isInDoubt).toBe(false)
  })

  test('with any event, where there is no need of heartbeats', async () => {
    judge.suspect()
    for (let i = 0; i < 12; i++) {
      await wait(1_000)
      judge.heard(written.joined(`e-${i}`))
    }
    expect(told.onProven).toHaveBeenCalledOnce()
  })

  test('not as long as an event is missing that the carrier told', async () => {
    judge.suspect()
    await wait(500)
    judge.carried('e-1')
    heartbeat(30)
    expect(told.onProven).not.toHaveBeenCalled()
    judge.heard(written.joined('e-1'))
    heartbeat(30)
    expect(told.onProven).toHaveBeenCalledOnce()
  })
})

describe('what the carrier told', () => {
  test('and the stream has not told within 2 s was held back', async () => {
    hello()
    judge.suspect()
    judge.carried('e-1')
    await wait(1_999)
    expect(told.onHeld).not.toHaveBeenCalled()
    await wait(1)
    expect(told.onHeld).toHaveBeenCalledOnce()
  })

  test('is not expected of a stream that has not begun, nor of the next one', async () => {
    judge.suspect()
    judge.carried('e-1')
    await wait(100)
    hello()
    judge.carried('e-2')
    judge.opened()
    hello()
    await wait(5_000)
    expect(told.onHeld).not.toHaveBeenCalled()
  })

  test('is waited for again by a page that slept', async () => {
    hello()
    judge.suspect()
    judge.carried('e-1')
    sleep(60_000)
    await wait(2_000)
    judge.heard(written.joined('e-1'))
    await wait(5_000)
    expect(told.onHeld).not.toHaveBeenCalled()
  })
})

describe('silence', () => {
  beforeEach(() => hello())

  test('for longer than a heartbeat is doubt, and the stream is opened again once a short reply got through', async () => {
    await wait(11_999)
    expect(told.onDoubt).not.toHaveBeenCalled()
    await wait(1)
    expect(told.onDoubt).toHaveBeenCalledOnce()
    judge.answered()
    await wait(1_000)
    expect(told.onSilent).toHaveBeenCalledOnce()
    expect(told.onHeld).not.toHaveBeenCalled()
  })

  test('of the next one too, before it has proved itself: it is held back', async () => {
    await wait(12_000)
    judge.answered()
    await wait(1_000)
    judge.opened()
    hello()
    await wait(12_000)
    judge.answered()
    await wait(1_000)
    expect(told.onHeld).toHaveBeenCalledOnce()
    expect(told.onSilent).toHaveBeenCalledOnce()
  })

  test('after which the server is heard again: it was frozen, and all is well', async () => {
    await wait(20_000)
    judge.answered()
    await wait(300)
    heartbeat(30)
    await wait(5_000)
    expect(told.onSilent).not.toHaveBeenCalled()
    expect(judge.isSilent).toBe(false)
  })

  test('a short reply of just now need not be asked for again', async () => {
    await wait(11_500)
    judge.suspect()
    judge.answered()
    await wait(500)
    expect(told.onDoubt).toHaveBeenCalledOnce()
    await wait(1_000)
    expect(told.onSilent).toHaveBeenCalledOnce()
  })

  test('of a page that slept is its own, until it had time to look', async () => {
    await wait(5_000)
    sleep(300_000)
    await wait(7_500)
    expect(told.onDoubt).not.toHaveBeenCalled()
    heartbeat(290_000)
    expect(told.onDoubt).toHaveBeenCalledOnce() // for that heartbeat, which is late
    await wait(1_000)
    expect(told.onSilent).not.toHaveBeenCalled()
    expect(judge.isSilent).toBe(false)
  })
})

test('one that could not be opened is in doubt no more when it comes at once', async () => {
  judge.suspect('unreachable')
  judge.opened()
  await wait(100)
  hello()
  expect(told.onProven).toHaveBeenCalledOnce()
})

test('one that was late as well has to be seen to be in time', async () => {
  judge.suspect('unreachable')
  judge.suspect('late')
  judge.opened()
  hello()
  expect(told.onProven).not.toHaveBeenCalled()
})
