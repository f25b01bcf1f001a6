import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from './clock'
import { RungMemory } from './rung-memory'

const items = new Map<string, string>()
const storage = {
  getItem: (key: string) => items.get(key) ?? null,
  setItem: (key: string, value: string) => void items.set(key, value),
  removeItem: (key: string) => void items.delete(key),
}
const page = () => new RungMemory(storage, systemClock)

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T09:30:00.000Z') })
  items.clear()
})
afterEach(() => void vi.useRealTimers())

test('the next page of this origin begins where this one had to go, for ten minutes', () => {
  page().rung = 'long-poll'
  vi.advanceTimersByTime(599_999)
  expect(page().rung).toBe('long-poll')
  vi.advanceTimersByTime(1)
  expect(page().rung).toBe('sse')
})

test('the best way needs no remembering', () => {
  page().rung = 'post-stream'
  page().rung = 'sse'
  expect(items.size).toBe(0)
  expect(page().rung).toBe('sse')
})

test('a clock that was set back, and what nobody can read, are as if nothing were there', () => {
  page().rung = 'long-poll'
  vi.setSystemTime(Date.now() - 60_000)
  expect(page().rung).toBe('sse')
  for (const text of ['', '{', 'null', '{"rung":"carrier-pigeon","atMs":0}', `{"rung":"long-poll","atMs":"${Date.now()}"}`, '{"rung":"long-poll"}']) {
    items.set('yodel.rung', text)
    expect(page().rung).toBe('sse')
  }
})

test('where storage is forbidden, full or absent, every page finds out for itself', () => {
  const forbidden = () => { throw new DOMException('no', 'SecurityError') }
  for (const none of [null, { getItem: forbidden, setItem: forbidden, removeItem: forbidden }]) {
    const memory = new RungMemory(none, systemClock)
    memory.rung = 'long-poll'
    memory.rung = 'sse'
    expect(memory.rung).toBe('sse')
  }
})
