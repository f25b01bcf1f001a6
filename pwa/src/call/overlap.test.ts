import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../protocol/clock'
import type { Link, Look } from './link'
import { Overlap } from './overlap'

/** What Overlap knows of a connection. */
class FakeLink {
  state = 'connected'
  carries = true
  showsPicture = true
  open = true

  close(): void {
    this.open = false
  }
}
const link = (facts: Partial<FakeLink> = {}) => Object.assign(new FakeLink(), facts) as FakeLink & Link

const flowing = { flowed: true, health: 'well' } as Look
const onChange = vi.fn()
let overlap: Overlap
let before: FakeLink & Link

beforeEach(() => {
  vi.useFakeTimers()
  onChange.mockReset()
  overlap = new Overlap(systemClock, onChange)
  before = link()
  overlap.begin(before)
})
afterEach(() => vi.useRealTimers())

test('the one before is looked at until the present one shows a picture, too', () => {
  const present = link({ state: 'connecting', showsPicture: false })
  overlap.changeOver(present, flowing)
  present.state = 'connected'
  overlap.changeOver(present, { ...flowing, flowed: false })
  overlap.changeOver(present, flowing) // sound
  expect(overlap.shown).toBe(before)
  present.showsPicture = true
  overlap.changeOver(present, flowing)
  expect(overlap.shown).toBeNull()
  expect(onChange).toHaveBeenCalledOnce()
})

test('where it shows none, sound will do', () => {
  before.showsPicture = false
  overlap.changeOver(link({ showsPicture: false }), flowing)
  expect(overlap.shown).toBeNull()
})

test('then it stays open for a second, for the other side', () => {
  overlap.changeOver(link(), flowing)
  vi.advanceTimersByTime(900)
  expect([overlap.link, before.open]).toEqual([before, true])
  vi.advanceTimersByTime(100)
  expect([overlap.link, before.open]).toEqual([null, false])
})

test('it ends with what it carried', () => {
  overlap.look({ ...flowing, health: 'silent' })
  expect([overlap.link, before.open]).toEqual([null, false])
})

test('and after ten seconds in any case', () => {
  vi.advanceTimersByTime(10_000)
  expect([overlap.link, before.open]).toEqual([null, false])
})

test('one that carries nothing is not kept', () => {
  overlap.close()
  const idle = link({ carries: false })
  overlap.begin(idle)
  expect([overlap.link, idle.open]).toEqual([null, false])
})

test('one that never came to be looked at gives way, the one before it stays', () => {
  const between = link()
  overlap.begin(between)
  expect([overlap.shown, before.open, between.open]).toEqual([before, true, false])
})

test('of two that follow each other the later is kept', () => {
  const present = link()
  overlap.changeOver(present, flowing)
  overlap.begin(present)
  expect([overlap.shown, before.open, present.open]).toEqual([present, false, true])
})

test('closed without a word, and for good', () => {
  overlap.close()
  vi.advanceTimersByTime(20_000)
  expect([overlap.link, before.open]).toEqual([null, false])
  expect(onChange).not.toHaveBeenCalled()
})
