import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { activeCallOf, canAccept, isMine, isRung, next, nothing, outcomeOf, stageOf, type CallEvent, type CallState } from './state'
import type { Call } from './view'

const me = 'me'
type Invite = Call['invited'][number]['state']

function call(change: Partial<Call> = {}): Call {
  return {
    id: 'c1', room: 'r', revision: 1, state: 'ringing', video: true, caller: 'ana', invited: [{ peer: me, state: 'ringing' }],
    participants: ['ana'], createdAt: '2026-03-01T09:30:00.000Z', ...change,
  }
}
const invited = (state: Invite) => [{ peer: me, state }]
const ringing = call()
const active = call({ revision: 2, state: 'active', invited: invited('accepted'), participants: ['ana', me], answeredAt: 'then' })
const mineRinging = call({ caller: me, participants: [me], invited: [{ peer: 'bo', state: 'ringing' }] })
const mineActive = call({ ...mineRinging, revision: 2, state: 'active', participants: [me, 'bo'], answeredAt: 'then' })
const ended = (from: Call, reason: NonNullable<Call['reason']>, change: Partial<Call> = {}) =>
  call({ ...from, revision: from.revision + 1, state: 'ended', reason, ...change })

const inRoom = next(nothing, { type: 'hello', self: me, call: null })
const after = (...events: CallEvent[]) => events.reduce(next, inRoom)
const says = (...calls: Call[]): CallEvent[] => calls.map((call) => ({ type: 'call', call }))
const seen = (state: CallState) => ({ stage: stageOf(state), outcome: outcomeOf(state) })

describe('the stage', () => {
  test.each<[string, CallState, string]>([
    ['nothing yet', nothing, 'idle'],
    ['a preview', after({ type: 'preview', on: true }), 'preview'],
    ['I call', after({ type: 'start', call: 'c1' }), 'calling'],
    ['I call, and the server says so', after({ type: 'start', call: 'c1' }, ...says(mineRinging)), 'calling'],
    ['they accepted', after({ type: 'start', call: 'c1' }, ...says(mineRinging, mineActive)), 'connecting'],
    ['I am rung', after(...says(ringing)), 'ringing'],
    ['I am rung during a preview', after({ type: 'preview', on: true }, ...says(ringing)), 'ringing'],
    ['I accept', after(...says(ringing), { type: 'accept', call: 'c1' }), 'connecting'],
    ['I am in', after(...says(ringing, active)), 'connecting'],
    ['I cancelled before it was heard of', after({ type: 'start', call: 'c1' }, { type: 'hangup' }, ...says(mineRinging)), 'ended'],
    ['nobody is heard any more', after(...says(ringing, active), { type: 'media', media: 'interrupted' }, { type: 'failed' }), 'ended'],
    ['nobody is heard in no call', after({ type: 'failed' }), 'idle'],
    ['media flows', after(...says(ringing, active), { type: 'media', media: 'flowing' }), 'connected'],
    ['media stops', after(...says(ringing, active), { type: 'media', media: 'interrupted' }), 'reconnecting'],
    ['others are in a call', after(...says(call({ state: 'active', invited: [], participants: ['ana', 'bo'] }))), 'idle'],
    ['a reload in mid-call', next(nothing, { type: 'hello', self: me, call: active }), 'connecting'],
    ['a reload while I ring somebody', next(nothing, { type: 'hello', self: me, call: mineRinging }), 'calling'],
    ['camera denied on accepting: it still rings', after(...says(ringing), { type: 'accept', call: 'c1' }, { type: 'withdrawn' }), 'ringing'],
    ['camera denied on calling', after({ type: 'start', call: 'c1' }, { type: 'withdrawn' }), 'idle'],
    ['outside', after(...says(ringing, active), { type: 'outside' }), 'idle'],
  ])('%s', (_, state, stage) => {
    expect(stageOf(state)).toBe(stage)
  })
})

describe('how it ended for me', () => {
  test.each<[string, CallState, string | null]>([
    ['they refused', after(...says(mineRinging, ended(mineRinging, 'declined'))), 'declined'],
    ['they were busy', after(...says(mineRinging, ended(mineRinging, 'busy'))), 'busy'],
    ['nobody answered', after(...says(mineRinging, ended(mineRinging, 'timeout'))), 'timeout'],
    ['I cancelled', after(...says(mineRinging), { type: 'hangup' }), 'cancelled'],
    ['I cancelled before the server knew', after({ type: 'start', call: 'c1' }, { type: 'hangup' }), 'cancelled'],
    ['the caller cancelled', after(...says(ringing, ended(ringing, 'cancelled'))), 'cancelled'],
    ['I did not answer', after(...says(ringing, ended(ringing, 'timeout'))), 'missed'],
    ['I did not answer, another refused', after(...says(ringing, ended(ringing, 'declined'))), 'missed'],
    ['another took it', after(...says(ringing, call({ revision: 2, state: 'active', participants: ['ana', 'bo'], answeredAt: 'then' }))), 'elsewhere'],
    ['I hung up', after(...says(ringing, active), { type: 'hangup' }), 'hangup'],
    ['they hung up', after(...says(ringing, active, ended(active, 'hangup'))), 'hangup'],
    ['they were lost', after(...says(ringing, active, ended(active, 'failed'))), 'failed'],
    ['I was lost, the others go on', after(...says(ringing, active, call({ ...active, revision: 3, participants: ['ana', 'bo'] }))), 'failed'],
    ['the server forgot', after(...says(ringing, active), { type: 'lost', call: 'c1' }), 'failed'],
    ['the call was full', after(...says(ringing), { type: 'accept', call: 'c1' }, { type: 'withdrawn', outcome: 'full' }), 'full'],
  ])('%s', (_, state, outcome) => {
    expect(seen(state)).toEqual({ stage: 'ended', outcome })
  })

  test.each<[string, CallState]>([
    ['I refused', after(...says(ringing), { type: 'decline' }, ...says(ended(ringing, 'declined', { invited: invited('declined') })))],
    ['I refused on another page', after(...says(ringing, ended(ringing, 'declined', { invited: invited('declined') })))],
    ['a call of others', after(...says(ended(call({ invited: [], participants: ['ana', 'bo'], answeredAt: 'then' }), 'hangup')))],
  ])('nothing to tell: %s', (_, state) => {
    expect(seen(state)).toEqual({ stage: 'idle', outcome: null })
  })

  test('who cancelled', () => {
    expect(isMine(after(...says(mineRinging), { type: 'hangup' }))).toBe(true)
    expect(isMine(after(...says(ringing, ended(ringing, 'cancelled'))))).toBe(false)
  })

  test('once told it is idle, and the next call is told again', () => {
    const told = after(...says(ringing, ended(ringing, 'timeout')), { type: 'dismiss' })
    expect(stageOf(told)).toBe('idle')
    const again = call({ id: 'c2', createdAt: '2026-03-01T09:31:00.000Z' })
    expect(seen(says(again, ended(again, 'timeout')).reduce(next, told))).toEqual({ stage: 'ended', outcome: 'missed' })
  })

  test('after my own hang-up, what the server still says of it does not bring me back', () => {
    const left = after(...says(ringing, active), { type: 'hangup' })
    const late = next(left, { type: 'call', call: { ...active, revision: 3, invited: [...active.invited, { peer: 'cy', state: 'ringing' }] } })
    expect(seen(late)).toEqual({ stage: 'ended', outcome: 'hangup' })
    expect(activeCallOf(late)).toBeNull()
  })

  test('what the server said of a call before it forgot it does not bring the call back', () => {
    const lost = after(...says(ringing, active), { type: 'lost', call: 'c1' })
    for (const old of [ringing, active]) expect(next(lost, { type: 'call', call: old })).toEqual(lost)
    expect(activeCallOf(next(lost, { type: 'hello', self: me, call: active }))).toEqual(active)
  })

  test('a call of mine that the server forgot does not ring on once I was told', () => {
    const lost = after(...says(mineRinging), { type: 'lost', call: 'c1' })
    expect(seen(lost)).toEqual({ stage: 'ended', outcome: 'failed' })
    expect(stageOf(next(lost, { type: 'dismiss' }))).toBe('idle')
  })

  test('a call that a forgetful server made a second time is the one that counts', () => {
    const again = { ...mineRinging, createdAt: '2026-03-01T09:30:20.000Z' }
    const state = after(...says(mineRinging, again))
    expect(state.call).toEqual(again)
    expect(stageOf(state)).toBe('calling')
    expect(next(state, { type: 'call', call: mineActive })).toEqual(state)
  })

  test('the answer to a wish, about a call that another has followed by now, settles the wish', () => {
    const next = { ...ringing, id: 'c2', createdAt: '2026-03-01T09:31:00.000Z' }
    expect(stageOf(after({ type: 'start', call: 'c1' }, ...says(next, mineRinging)))).toBe('ringing')
    expect(stageOf(after(...says(ringing), { type: 'accept', call: 'c1' }, ...says(next, active)))).toBe('ringing')
  })

  test('a second call right after the first', () => {
    const second = { ...mineActive, id: 'c2', createdAt: '2026-03-01T09:31:00.000Z' }
    const state = [{ type: 'start', call: 'c2' } as const, ...says(second), { type: 'media', media: 'flowing' } as const]
      .reduce<CallState>(next, after(...says(mineRinging, mineActive), { type: 'hangup' }))
    expect(stageOf(state)).toBe('connected')
    expect(stageOf(next(state, { type: 'call', call: ended(mineActive, 'hangup') }))).toBe('connected')
  })
})

describe('a call that the server has forgotten', () => {
  const again = (from: Call, change: Partial<Call> = {}) => ({ ...from, revision: 1, createdAt: '2026-03-01T09:40:00.000Z', ...change })
  const oursRings = again(mineRinging)
  const theirsRings = again(ringing)
  const forgotten = (from: Call, media: CallState['media'] = 'flowing') => after(...says(from), { type: 'media', media }, { type: 'forgotten', call: from })
  const hears = (state: CallState, ...calls: Call[]) => says(...calls).reduce(next, state)

  test.each<[string, CallState]>([
    ['before it is made again', forgotten(active)],
    ['while the other has made it', hears(forgotten(active), theirsRings)],
    ['while I have', hears(forgotten(mineActive), oursRings)],
    ['once all are back', hears(forgotten(active), theirsRings, again(active, { revision: 2 }))],
    ['by a snapshot of the new one, without having heard that it was', next(after(...says(active), { type: 'media', media: 'flowing' }), { type: 'hello', self: me, call: theirsRings })],
    ['by a server whose clock is behind', hears(forgotten(active), { ...theirsRings, createdAt: '2026-03-01T09:20:00.000Z' })],
  ])('goes on for who was in it: %s', (_, state) => {
    expect(seen(state)).toEqual({ stage: 'connected', outcome: null })
    expect(activeCallOf(state)).toMatchObject({ id: 'c1', state: 'active', participants: state.call!.caller === me ? [me, 'bo'] : ['ana', me] })
    expect(isRung(state)).toBe(false)
    expect(canAccept(state, 8)).toBe(false)
  })

  test('is as the server says again, once all are back', () => {
    const state = hears(forgotten(active), theirsRings, again(active, { revision: 2 }))
    expect(state.forgotten).toBeNull()
    expect(activeCallOf(state)).toEqual(state.call)
  })

  test('what came of it before does not count any more', () => {
    const state = hears(forgotten(active), theirsRings)
    expect(hears(state, { ...active, revision: 9 })).toEqual(state)
  })

  test.each<[string, CallState, string]>([
    ['the other does not come back', next(forgotten(active), { type: 'failed' }), 'failed'],
    ['nobody answers it', hears(forgotten(mineActive), oursRings, ended(oursRings, 'timeout')), 'failed'],
    ['the other has left meanwhile', hears(forgotten(mineActive), oursRings, ended(oursRings, 'declined')), 'hangup'],
    ['the other makes it and leaves', hears(forgotten(active), theirsRings, ended(theirsRings, 'cancelled')), 'hangup'],
    ['I leave', next(forgotten(active), { type: 'hangup' }), 'hangup'],
  ])('is over: %s', (_, state, outcome) => {
    expect(seen(state)).toEqual({ stage: 'ended', outcome })
    expect(state.forgotten).toBeNull()
    expect(activeCallOf(state)).toBeNull()
  })

  test('does not ring whoever left it, or was told of its end', () => {
    for (const state of [after(...says(active), { type: 'hangup' }), after(...says(active, ended(active, 'hangup')))]) {
      expect(seen(hears(state, theirsRings))).toEqual({ stage: 'ended', outcome: 'hangup' })
      expect(hears(state, theirsRings).left?.call).toBe('c1')
    }
  })

  test('rings on', () => {
    for (const state of [forgotten(ringing, 'none'), hears(forgotten(ringing, 'none'), theirsRings)]) expect([stageOf(state), isRung(state)]).toEqual(['ringing', true])
    for (const state of [forgotten(mineRinging, 'none'), hears(forgotten(mineRinging, 'none'), oursRings)]) expect(stageOf(state)).toBe('calling')
  })

  test('is lost to who has no part in it', () => {
    const others = call({ state: 'active', invited: [], participants: ['ana', 'bo'] })
    expect(forgotten(others, 'none')).toMatchObject({ lost: true, forgotten: null })
  })

  test('is known to a page that was loaded anew by what it kept', () => {
    const state = next(inRoom, { type: 'forgotten', call: active })
    expect(stageOf(state)).toBe('connecting')
    expect(hears(state, again(active, { revision: 2 }))).toMatchObject({ joined: true, forgotten: null })
  })

  test('given up on, those who are back are the call', () => {
    const three = call({ ...active, participants: ['ana', me, 'cy'] })
    const two = again(active, { revision: 2 })
    expect(activeCallOf(hears(forgotten(three), two))?.participants).toEqual(['ana', me, 'cy'])
    expect(activeCallOf(next(hears(forgotten(three), two), { type: 'given-up' }))).toEqual(two)
  })
})

describe('whether I can accept', () => {
  const others = call({ state: 'active', invited: [], participants: ['ana', 'bo'] })
  test.each<[string, CallState, number, boolean]>([
    ['rung', after(...says(ringing)), 2, true],
    ['not the caller', after(...says(mineRinging)), 2, false],
    ['refused', after(...says(ringing), { type: 'decline' }), 2, false],
    ['answering already', after(...says(ringing), { type: 'accept', call: 'c1' }), 2, false],
    ['a full call', after(...says(others)), 2, false],
    ['a call with a free place', after(...says(others)), 3, true],
    ['in it already', after(...says(active)), 8, false],
    ['back into one I left', after(...says(active), { type: 'hangup' }), 2, true],
    ['over', after(...says(ended(others, 'hangup'))), 8, false],
  ])('%s', (_, state, capacity, can) => {
    expect(canAccept(state, capacity)).toBe(can)
  })

  test('coming back into a call I left', () => {
    const back = after(...says(active), { type: 'hangup' }, { type: 'accept', call: 'c1' }, ...says(call({ ...active, revision: 4 })))
    expect(stageOf(back)).toBe('connecting')
    expect(activeCallOf(back)?.id).toBe('c1')
  })
})

describe('whatever the order of `call` events', () => {
  // What a server may say of one call, from anybody's point of view.
  const history = fc.record({
    caller: fc.constantFrom(me, 'ana'),
    mine: fc.constantFrom<Invite>('ringing', 'accepted', 'declined', 'busy', 'left'),
    answer: fc.boolean(),
    withMe: fc.boolean(),
    reason: fc.constantFrom(...['cancelled', 'declined', 'busy', 'timeout', 'hangup', 'failed'] as const),
    end: fc.boolean(),
  }).map(({ caller, mine, answer, withMe, reason, end }) => {
    const other = caller === me ? 'bo' : me
    const first = call({ caller, participants: [caller], invited: [{ peer: other, state: 'ringing' }] })
    const revisions = [first]
    const answered = { answeredAt: 'then', participants: [caller, caller === me || withMe ? other : 'cy'], invited: [{ peer: other, state: mine }] }
    if (answer) revisions.push(call({ ...first, ...answered, revision: 2, state: 'active' }))
    if (end) revisions.push(call({ ...first, ...(answer && answered), revision: 3, state: 'ended', reason }))
    return revisions
  })
  const two = fc.tuple(history, history).map(([first, second]) => [
    ...first, ...second.map((one) => ({ ...one, id: 'c2', createdAt: '2026-03-01T09:31:00.000Z' })),
  ])
  const run = (calls: readonly Call[]) => calls.reduce((state, call) => next(state, { type: 'call', call }), inRoom)

  test('repeated and shuffled they end in the same state', () => {
    fc.assert(fc.property(
      two.chain((calls) => fc.tuple(fc.constant(calls), fc.array(fc.nat(calls.length - 1), { maxLength: 12 }), fc.shuffledSubarray(calls, { minLength: calls.length }))),
      ([calls, repeats, shuffled]) => {
        const messy = [...repeats.map((i) => calls[i]!), ...shuffled]
        expect(run(messy)).toEqual(run(calls))
      },
    ))
  })

  test('a snapshot among them changes nothing that comes after', () => {
    fc.assert(fc.property(history.chain((calls) => fc.tuple(fc.constant(calls), fc.nat(calls.length - 1))), ([calls, at]) => {
      const snapshot = next(inRoom, { type: 'hello', self: me, call: calls.at(-1)! })
      const replayed = calls.slice(at).reduce((state, call) => next(state, { type: 'call', call }), snapshot)
      expect(replayed.call).toEqual(snapshot.call)
      expect(activeCallOf(replayed)).toEqual(activeCallOf(snapshot))
      expect(isRung(replayed)).toBe(isRung(snapshot))
    }))
  })

  test('never in a call that is not active by the server’s last word', () => {
    fc.assert(fc.property(two, (calls) => {
      const state = run(calls)
      if (activeCallOf(state)) expect(state.call?.state).toBe('active')
      if (state.call?.state === 'ended') expect(['ended', 'idle']).toContain(stageOf(state))
    }))
  })
})
