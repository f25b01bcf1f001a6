import { describe, expect, test } from 'vitest'
import type { Call } from '../protocol/types'
import { forgottenAgain, forgottenBy, goingOn, healed, stepOf, type Forgotten, type Scene } from './forgotten'

type Invite = Call['invited'][number]['state']

const call: Call = {
  id: 'c1', room: 'r', revision: 7, state: 'active', video: true, caller: 'ana', invited: [], participants: ['ana', 'bo', 'cy'],
  createdAt: '2026-03-01T09:30:00.000Z', answeredAt: '2026-03-01T09:30:05.000Z',
}
const ringing: Call = { ...call, state: 'ringing', invited: [{ peer: 'bo', state: 'ringing' }], participants: ['ana'] }

/** The same call as somebody has made it again. */
function again(participants: string[], invited: Record<string, Invite> = {}): Call {
  const state = participants.length > 1 ? 'active' : 'ringing'
  const asked = Object.entries(invited).map(([peer, state]) => ({ peer, state }))
  return { ...call, revision: participants.length, state, caller: participants[0]!, participants, invited: asked, createdAt: '2026-03-01T09:40:00.000Z' }
}
const forgotten: Forgotten = { call, missing: call.participants }
/** By those who are in the call again. */
const after = (now: Call) => healed(forgotten, now)!

describe('whom it concerns', () => {
  test.each([
    ['a participant', call, 'bo', true],
    ['somebody else in the room', call, 'di', false],
    ['the caller of a call that rings', ringing, 'ana', true],
    ['whom it rings', ringing, 'bo', true],
    ['whom it does not ring', ringing, 'cy', false],
    ['nobody, once it is over', { ...call, state: 'ended' as const }, 'bo', false],
  ])('%s', (_, was, self, concerned) => {
    expect(forgottenBy(was, self) !== null).toBe(concerned)
  })
})

describe('what is left to be done', () => {
  test('everything, as long as nobody has made it again', () => {
    expect(healed(forgotten, { ...call, revision: 8 })).toEqual(forgotten)
  })

  test.each<[string, Call, string[] | null]>([
    ['all but its maker are missing', again(['ana'], { bo: 'ringing', cy: 'ringing' }), ['bo', 'cy']],
    ['one is', again(['ana', 'bo'], { cy: 'ringing' }), ['cy']],
    ['nobody is', again(['ana', 'bo', 'cy']), null],
    ['nobody is who would come back', again(['ana', 'bo'], { cy: 'declined' }), null],
    ['whoever lost their place again may come back', again(['ana', 'bo'], { cy: 'left' }), ['cy']],
    ['it is over', { ...again(['ana']), state: 'ended', reason: 'declined' }, null],
  ])('%s', (_, now, missing) => {
    expect(healed(forgotten, now)?.missing ?? null).toEqual(missing)
  })

  test('nothing about a call that rings again', () => {
    expect(healed({ call: ringing, missing: ['ana'] }, { ...ringing, createdAt: '2026-03-01T09:40:00.000Z' })).toBeNull()
  })
})

describe('what it is to those who were in it', () => {
  test('what it was, whoever is back', () => {
    expect(goingOn(forgotten, call)).toEqual(call)
    for (const now of [again(['ana']), again(['ana', 'bo']), again(['ana', 'cy'])]) expect(goingOn(after(now), now)).toEqual(call)
  })

  test('without who refused, and with who came', () => {
    const now = again(['ana', 'di'], { bo: 'declined', cy: 'ringing' })
    expect(goingOn(after(now), now).participants).toEqual(['ana', 'cy', 'di'])
  })

  test('forgotten a second time, before all were back: still all of it', () => {
    const now = again(['bo', 'cy'])
    const twice = forgottenAgain(after(now), now)
    expect(twice).toEqual({ call: { ...now, participants: ['ana', 'bo', 'cy'] }, missing: ['ana', 'bo', 'cy'] })
    expect(healed(twice, now)).toEqual(twice)
  })
})

describe('whose turn it is', () => {
  const step = (self: string, present: string, waitedMs: number, more: Partial<Scene> = {}) =>
    stepOf({ forgotten, now: call, self, isPresent: (peer) => present.split(' ').includes(peer), waitedMs, ...more })
  const make = (...to: string[]) => ({ name: 'make', to })

  test('the earliest makes it, as soon as all are back', () => {
    expect(step('ana', 'ana bo cy', 0)).toEqual(make('bo', 'cy'))
    expect(step('bo', 'ana bo cy', 0)).toBeNull()
  })

  test('the others where it does not, one after the other', () => {
    expect([2_900, 3_000].map((ms) => step('bo', 'ana bo cy', ms))).toEqual([null, make('ana', 'cy')])
    expect([5_900, 6_000].map((ms) => step('cy', 'ana bo cy', ms))).toEqual([null, make('ana', 'bo')])
  })

  test('whoever is still on the way is waited for, for a while', () => {
    expect([9_900, 10_000].map((ms) => step('bo', 'bo cy', ms))).toEqual([null, make('cy')])
    expect([12_900, 13_000].map((ms) => step('cy', 'bo cy', ms))).toEqual([null, make('bo')])
  })

  test('nobody alone', () => {
    expect(step('ana', 'ana', 100_000)).toBeNull()
  })

  test('made again it is accepted, in the order there was', () => {
    const now = again(['ana'], { bo: 'ringing', cy: 'ringing' })
    const more = { forgotten: after(now), now }
    expect(step('ana', 'ana bo cy', 0, more)).toBeNull()
    expect(step('bo', 'ana bo cy', 0, more)).toEqual({ name: 'accept' })
    expect(step('cy', 'ana bo cy', 0, more)).toBeNull()
    expect(step('cy', 'ana cy', 0, more)).toEqual({ name: 'accept' })
    expect(step('cy', 'ana bo cy', 6_000, more)).toEqual({ name: 'accept' })
  })

  test('once it is on, also by whom it does not ring', () => {
    const [rings, on] = [again(['bo'], { cy: 'ringing' }), again(['bo', 'cy'])]
    expect(step('ana', 'ana bo cy', 0, { forgotten: after(rings), now: rings })).toBeNull()
    expect(step('ana', 'ana bo cy', 0, { forgotten: after(on), now: on })).toEqual({ name: 'accept' })
  })

  test('a call that rang is made again by its caller alone, for everybody', () => {
    const more = { forgotten: { call: ringing, missing: ['ana'] }, now: ringing }
    expect(step('ana', 'ana', 0, more)).toEqual({ name: 'make', to: null })
    expect(step('bo', 'ana bo', 100_000, more)).toBeNull()
  })
})
