import { expect, test } from 'vitest'
import { ServerTime, systemClock, uuid } from './clock'

const now = Date.parse('2026-03-01T09:30:00.000Z')
const at = (seconds: number) => new Date(now + seconds * 1_000).toISOString()
const server = () => new ServerTime({ ...systemClock, now: () => now })

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

test('ids where the origin is not secure and randomUUID is missing', () => {
  const insecure = { getRandomValues: crypto.getRandomValues.bind(crypto) } as unknown as Crypto
  expect(uuid(insecure)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(uuid(insecure)).not.toBe(uuid(insecure))
})
