import { beforeEach, describe, expect, test } from 'vitest'
import { DelayMeter } from './delay'

/** The server's clock and ours, which are the same here. */
const at = (ms: number) => new Date(1_000_000 + ms).toISOString()
let meter: DelayMeter
/** What was written at one moment and came at another. */
const take = (type: 'hello' | 'heartbeat' | 'call', writtenMs: number, cameMs: number, isClockKnown = true) =>
  meter.take({ type, at: at(writtenMs) }, isClockKnown ? 1_000_000 + writtenMs : null, 1_000_000 + cameMs)

beforeEach(() => {
  meter = new DelayMeter()
  take('hello', 0, 50)
})

test('up to 2 s is in time', () => {
  expect(take('call', 1_000, 3_000)).toEqual({ name: 'timely' })
  expect(take('call', 1_000, 3_001)).toEqual({ name: 'late', writtenMs: 1_001_000 })
})

test('hello is not measured: it is waited for', () => {
  expect(take('hello', 0, 9_000)).toEqual({ name: 'unmeasured' })
})

test('what is older than hello was replayed', () => {
  expect(take('call', -60_000, 60)).toEqual({ name: 'unmeasured' })
})

test('nothing can be said without the server’s clock, or without a time', () => {
  expect(take('call', 1_000, 60_000, false)).toEqual({ name: 'unmeasured' })
  expect(meter.take({ type: 'heartbeat' }, 0, 60_000)).toEqual({ name: 'unmeasured' })
  expect(meter.take({ type: 'heartbeat', at: 'then' }, 0, 60_000)).toEqual({ name: 'unmeasured' })
})

describe('heartbeats', () => {
  test('that were written apart and come together were held back: the first of them was', () => {
    expect(take('heartbeat', 10_000, 11_900)).toEqual({ name: 'timely' })
    expect(take('heartbeat', 12_100, 12_300)).toEqual({ name: 'late', writtenMs: 1_010_000 })
  })

  test('also by a clock that nobody knows', () => {
    take('heartbeat', 10_000, 20_000, false)
    expect(take('heartbeat', 20_000, 20_100, false)).toEqual({ name: 'late', writtenMs: -Infinity })
  })

  test('that were written together may come together', () => {
    take('heartbeat', 10_000, 10_050)
    expect(take('heartbeat', 10_100, 10_150)).toEqual({ name: 'timely' })
  })

  test('are looked at among themselves', () => {
    take('heartbeat', 10_000, 11_900)
    expect(take('call', 12_000, 12_100)).toEqual({ name: 'timely' })
  })
})
