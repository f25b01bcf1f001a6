import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { beginLadder, climb, rungs, wantedRung, type Ladder, type LadderEvent } from './ladder'
import type { Rung } from './transport'

const after = (rung: Rung, ...events: LadderEvent[]): Ladder => events.reduce(climb, beginLadder(rung))
const wanted = (rung: Rung, ...events: LadderEvent[]) => wantedRung(after(rung, ...events))

test('down one rung at a time, and no further than long-poll', () => {
  expect(wanted('sse', 'held')).toBe('post-stream')
  expect(wanted('sse', 'held', 'held')).toBe('long-poll')
  expect(wanted('sse', 'held', 'held', 'held')).toBe('long-poll')
})

describe('a trial', () => {
  test('is of the best way', () => {
    expect(wanted('long-poll', 'try')).toBe('sse')
    expect(wanted('post-stream', 'try')).toBe('sse')
    expect(after('sse', 'try')).toEqual(beginLadder('sse'))
  })

  test('that is passed is where we stay', () => {
    expect(after('long-poll', 'try', 'proven')).toEqual(beginLadder('sse'))
  })

  test('of the best that fails is one of the second best, where that is better than what we have', () => {
    expect(wanted('long-poll', 'try', 'held')).toBe('post-stream')
    expect(after('long-poll', 'try', 'held', 'proven')).toEqual(beginLadder('post-stream'))
    expect(after('long-poll', 'try', 'held', 'held')).toEqual({ rung: 'long-poll', trial: null, trialAfterMs: 120_000 })
    expect(after('post-stream', 'try', 'held')).toEqual({ rung: 'post-stream', trial: null, trialAfterMs: 120_000 })
  })

  test('is rarer after each that failed, up to ten minutes', () => {
    const fails: LadderEvent[] = ['try', 'held', 'held']
    const waits = [1, 2, 3, 4, 5].map((times) => after('long-poll', ...Array.from({ length: times }, () => fails).flat()).trialAfterMs)
    expect(waits).toEqual([120_000, 240_000, 480_000, 600_000, 600_000])
    expect(after('long-poll', ...fails, ...fails, 'network-changed').trialAfterMs).toBe(60_000)
  })

  test('that was interrupted has failed nothing', () => {
    expect(after('long-poll', 'try', 'interrupted')).toEqual(beginLadder('long-poll'))
  })
})

test('what proves itself where we are changes nothing', () => {
  expect(after('post-stream', 'proven')).toEqual(beginLadder('post-stream'))
})

test('whatever happens, a trial is of something better, and nothing falls off', () => {
  const event = fc.constantFrom<LadderEvent>('held', 'proven', 'try', 'interrupted', 'network-changed')
  fc.assert(fc.property(fc.constantFrom(...rungs), fc.array(event), (rung, events) => {
    const ladder = after(rung, ...events)
    expect(rungs).toContain(ladder.rung)
    if (ladder.trial) expect(rungs.indexOf(ladder.trial)).toBeLessThan(rungs.indexOf(ladder.rung))
    expect(ladder.trialAfterMs).toBeLessThanOrEqual(600_000)
  }))
})
