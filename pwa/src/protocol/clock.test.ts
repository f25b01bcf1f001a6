import { beforeEach, describe, expect, test } from 'vitest'
import { ServerTime, systemClock, uuid } from './clock'

let now = 0
const at = (seconds: number) => new Date(now + seconds * 1_000).toISOString()
const server = () => new ServerTime({ ...systemClock, now: () => now })
beforeEach(() => { now = Date.parse('2026-03-01T09:30:00.000Z') })

test('the server’s times by our clock, whichever is ahead', () => {
  const time = server()
  time.learn(at(-300))
  expect(time.past(at(-360))).toBe(now - 60_000)
  time.learn(at(300))
  expect(time.past(at(240))).toBe(now - 60_000)
})

test('what has been is not in the future, even of a server whose clock nobody told us', () => {
  expect(server().past(at(20))).toBe(now)
  expect(server().past(at(-20))).toBe(now - 20_000)
})

test('no time, or none that can be read', () => {
  const time = server()
  time.learn('then')
  time.learn(undefined)
  expect([time.past(undefined), time.past('then'), time.past(at(-1))]).toEqual([now, now, now - 1_000])
})

describe('what an answer tells of the clocks', () => {
  /** An answer that was `seconds` on its way, from a server whose clock is right. */
  const answer = (time: ServerTime, seconds: number) => time.learnShort(at(-seconds))
  /** How far off `time` is, in seconds. */
  const error = (time: ServerTime) => (time.ours(at(0))! - now) / 1_000

  test('nothing, before the first', () => {
    expect(server().ours(at(0))).toBeNull()
  })

  test('the quickest of the last five minutes is believed', () => {
    const time = server()
    answer(time, 0.4)
    answer(time, 0.1)
    answer(time, 0.9)
    expect(error(time)).toBeCloseTo(0.1)
    now += 301_000
    answer(time, 0.3)
    expect(error(time)).toBeCloseTo(0.3)
  })

  test('one that is seconds later than the others: a clock was set', () => {
    const time = server()
    answer(time, 0.1)
    now += 60_000
    answer(time, 3_600)
    expect(error(time)).toBe(3_600)
  })

  test('a hello that was held up tells nothing, unless nobody else did', () => {
    const time = server()
    time.learn(at(-20))
    expect(error(time)).toBe(20)
    answer(time, 0.1)
    time.learn(at(-20))
    expect(error(time)).toBeCloseTo(0.1)
    time.learn(at(0))
    expect(error(time)).toBe(0)
    time.learn(at(-3_600)) // nobody holds up a hello for an hour
    expect(error(time)).toBe(3_600)
  })
})

test('ids where the origin is not secure and randomUUID is missing', () => {
  const insecure = { getRandomValues: crypto.getRandomValues.bind(crypto) } as unknown as Crypto
  expect(uuid(insecure)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(uuid(insecure)).not.toBe(uuid(insecure))
})
