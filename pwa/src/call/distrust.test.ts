import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../protocol/clock'
import { Distrust } from './distrust'

let lasts: boolean
let said: number[]
let distrust: Distrust
let begunMs: number
const wait = (ms: number) => vi.advanceTimersByTime(ms)

beforeEach(() => {
  vi.useFakeTimers()
  lasts = true
  said = []
  begunMs = Date.now()
  distrust = new Distrust(systemClock, () => lasts, () => said.push(Date.now() - begunMs))
})
afterEach(() => vi.useRealTimers())

test('at once, a second later, and then every two seconds as long as it lasts', () => {
  distrust.begin()
  wait(6_000)
  lasts = false
  wait(60_000)
  expect(said).toEqual([0, 1_000, 3_000, 5_000])
})

test('of several who go together the first counts', () => {
  distrust.begin()
  distrust.begin()
  wait(250)
  distrust.begin()
  expect(said).toEqual([0])
})

test('the next trouble is a new one', () => {
  distrust.begin()
  lasts = false
  wait(5_000)
  distrust.begin()
  expect(said).toEqual([0, 5_000])
})

test('with the call it ends', () => {
  distrust.begin()
  distrust.end()
  wait(60_000)
  expect(said).toEqual([0])
})
