import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Alarm, Wakefulness } from './alarm'
import { systemClock } from './clock'

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void vi.useRealTimers())
/** The page sleeps: nothing of it runs, and the clock goes on. */
const sleep = (ms: number) => vi.setSystemTime(Date.now() + ms)

describe('an alarm', () => {
  const ring = vi.fn()
  beforeEach(() => void ring.mockReset())

  test.each([[0, false], [1_500, false], [1_501, true]])('that rings %i ms late: the page slept is %s', (lateMs, asleep) => {
    new Alarm(systemClock).set(1_000, ring)
    sleep(lateMs)
    vi.advanceTimersByTime(1_000)
    expect(ring).toHaveBeenCalledExactlyOnceWith(asleep)
  })

  test('is one at a time', () => {
    const alarm = new Alarm(systemClock)
    alarm.set(1_000, ring)
    alarm.set(2_000, ring)
    vi.advanceTimersByTime(1_999)
    expect(ring).not.toHaveBeenCalled()
    expect(alarm.isSet).toBe(true)
    vi.advanceTimersByTime(60_000)
    expect(ring).toHaveBeenCalledOnce()
    expect(alarm.isSet).toBe(false)
  })

  test('called off, it is silent', () => {
    const alarm = new Alarm(systemClock)
    alarm.set(1_000, ring)
    alarm.cancel()
    vi.advanceTimersByTime(60_000)
    expect(ring).not.toHaveBeenCalled()
  })
})

describe('the page has been awake', () => {
  const awake = new Wakefulness(systemClock)
  afterEach(() => awake.end())

  test('since somebody looked', () => {
    awake.begin()
    vi.advanceTimersByTime(60_000)
    expect(awake.sinceMs).toBe(1_000_000)
  })

  test('since it woke up, as soon as it does: what it sees then was there before', () => {
    awake.begin()
    vi.advanceTimersByTime(10_000)
    sleep(5_000)
    expect(awake.sinceMs).toBe(1_015_000)
    vi.advanceTimersByTime(10_000)
    expect(awake.sinceMs).toBe(1_015_000)
  })

  test('also where it looked in the middle of the night', () => {
    awake.begin()
    sleep(1_100)
    expect(awake.sinceMs).toBe(1_000_000)
    sleep(1_300)
    expect(awake.sinceMs).toBe(1_002_400)
  })

  test('who does not look does not know, and has no timer', () => {
    expect(awake.sinceMs).toBe(Infinity)
    awake.begin()
    awake.end()
    expect(vi.getTimerCount()).toBe(0)
    expect(awake.sinceMs).toBe(Infinity)
  })
})
