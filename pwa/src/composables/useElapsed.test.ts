import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { clock, useElapsed } from './useElapsed'

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

it('reads as a clock does', () => {
  expect(clock(0)).toBe('0:00')
  expect(clock(65_999)).toBe('1:05')
  expect(clock(3_725_000)).toBe('1:02:05')
  expect(clock(-5)).toBe('0:00')
})

it('counts from the moment on, and stops with the call', async () => {
  const since = ref<number | null>(null)
  const scope = effectScope()
  const elapsed = scope.run(() => useElapsed(() => since.value))
  expect(elapsed?.value).toBe('')
  since.value = Date.now()
  await nextTick()
  vi.advanceTimersByTime(2_000)
  expect(elapsed?.value).toBe('0:02')
  since.value = null
  await nextTick()
  expect(elapsed?.value).toBe('')
  expect(vi.getTimerCount()).toBe(0)
  scope.stop()
})
