import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../protocol/clock'
import { Endurance } from './endurance'

const onOver = vi.fn()
let endurance: Endurance

beforeEach(() => {
  vi.useFakeTimers()
  onOver.mockReset()
  endurance = new Endurance(systemClock, onOver)
})
afterEach(() => vi.useRealTimers())

test('a minute', () => {
  endurance.try(true)
  vi.advanceTimersByTime(30_000)
  endurance.try(true)
  vi.advanceTimersByTime(29_000)
  expect(onOver).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1_000)
  expect(onOver).toHaveBeenCalledOnce()
})

test('media for a moment, and it begins again', () => {
  endurance.try(true)
  vi.advanceTimersByTime(59_000)
  endurance.try(false)
  vi.advanceTimersByTime(600_000)
  endurance.try(true)
  vi.advanceTimersByTime(59_000)
  expect(onOver).not.toHaveBeenCalled()
})

test('sleep does not count, and gives the whole time again', () => {
  endurance.try(true)
  vi.advanceTimersByTime(50_000)
  vi.setSystemTime(Date.now() + 3_600_000)
  vi.advanceTimersByTime(59_000)
  expect(onOver).not.toHaveBeenCalled()
  vi.advanceTimersByTime(2_000)
  expect(onOver).toHaveBeenCalledOnce()
})
