import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiProblem } from '../protocol/api'
import { systemClock } from '../protocol/clock'
import type { Call } from '../protocol/types'
import { Calls } from './calls'
import { activeCallOf, next, nothing, stageOf, type CallEvent, type CallState } from './state'
import type { Problem } from './view'

const both = { audio: true, video: true }
const ringing: Call = {
  id: 'c1', room: 'r', revision: 1, state: 'ringing', video: true, caller: 'bo', invited: [{ peer: 'ana', state: 'ringing' }], participants: ['bo'],
  createdAt: '2026-03-01T09:30:00.000Z',
}
const ours: Call = { ...ringing, caller: 'ana', invited: [{ peer: 'bo', state: 'ringing' }], participants: ['ana'] }
const active: Call = { ...ringing, revision: 2, state: 'active', participants: ['bo', 'ana'], answeredAt: '2026-03-01T09:30:05.000Z' }
const over: Call = { ...active, revision: 3, state: 'ended', participants: ['bo'], reason: 'hangup' }
const unreachable = () => new ApiProblem({ code: 'network', status: 0, retryable: true })
const refusal = (status: number, code: string, retryable = false) => new ApiProblem({ code, status, retryable })

/** What the server does with a request: answers, refuses, is out of reach, or leaves it hanging. */
type Behaviour = Call | ApiProblem | 'hangs'

let state: CallState
let problems: Problem[]
let asked: string[]
/** By the deed; what is not in here is out of reach. */
let server: Partial<Record<string, Behaviour>>
let page: AbortController
let calls: Calls

const settle = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const times = (what: string) => asked.filter((each) => each === what).length

function ask(what: string, signal: AbortSignal | undefined): Promise<Call> {
  asked.push(what)
  const behaviour = server[what.split(' ')[0]!] ?? unreachable()
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(unreachable()))
    if (behaviour === 'hangs') setTimeout(() => reject(unreachable()), 10_000)
    else setTimeout(() => behaviour instanceof ApiProblem ? reject(behaviour) : resolve(behaviour), 20)
  })
}

beforeEach(() => {
  vi.useFakeTimers()
  state = next({ ...nothing, self: 'ana' }, { type: 'hello', self: 'ana', call: null })
  problems = []
  asked = []
  server = {}
  page = new AbortController()
  const dispatch = (event: CallEvent) => { state = next(state, event) }
  calls = new Calls({
    clock: { ...systemClock, random: () => 1 }, // full delay: 0.5, 1, 2, 4, 8, 8 … s
    uuid: () => 'c1',
    state: () => state,
    dispatch,
    capture: () => Promise.resolve(null),
    fail: (problem) => problems.push(problem),
    api: {
      startCall: ({ id }, signal) => ask(`start ${id}`, signal),
      getCall: (id, signal) => ask(`get ${id}`, signal),
      accept: (id, signal) => ask(`accept ${id}`, signal),
      decline: (id, reason, signal) => ask(`decline ${id} ${reason}`, signal),
      hangup: (id, reason, signal) => ask(`hangup ${id} ${reason}`, signal),
    },
  }, page.signal)
})
afterEach(() => {
  page.abort()
  vi.useRealTimers()
})

function rung(): void {
  state = next(state, { type: 'call', call: ringing })
}

describe('the server is out of reach', () => {
  test('an accept is repeated until it is answered, and no card comes between', async () => {
    rung()
    void calls.accept(both)
    await settle(30_000)
    expect(times('accept c1')).toBeGreaterThan(4)
    expect([stageOf(state), problems]).toEqual(['connecting', []])
    server['accept'] = active
    await settle(8_100)
    expect(state.call?.state).toBe('active')
  })

  test('at once when it is back', async () => {
    rung()
    void calls.accept(both)
    await settle(20_000)
    server['accept'] = active
    calls.hurry()
    await settle(30)
    expect(state.call?.state).toBe('active')
  })

  test('an attempt that hangs on a dead connection is made again on a new one', async () => {
    server['accept'] = 'hangs'
    rung()
    void calls.accept(both)
    await settle(2_000)
    expect(times('accept c1')).toBe(1)
    server['accept'] = active
    calls.hurry()
    await settle(30)
    expect(state.call?.state).toBe('active')
  })

  test('a call is begun when it is back, with the id it had', async () => {
    void calls.start(both)
    await settle(20_000)
    expect([stageOf(state), problems]).toEqual(['calling', []])
    server['start'] = ours
    await settle(8_100)
    expect(new Set(asked)).toEqual(new Set(['start c1']))
    expect(state.call?.state).toBe('ringing')
    expect(stageOf(state)).toBe('calling')
  })

  test('for longer than any call rings: then it is said, and what may have begun is ended', async () => {
    void calls.start(both)
    await settle(46_000)
    expect([stageOf(state), problems]).toEqual(['idle', [{ code: 'server-unreachable', ways: ['retry'] }]])
    const begun = times('start c1')
    server['hangup'] = refusal(404, 'call-not-found')
    await settle(20_000)
    expect(times('start c1')).toBe(begun)
    expect(times('hangup c1 hangup')).toBeGreaterThan(0)
  })

  test('a refusal is a farewell answered', async () => {
    state = next(state, { type: 'call', call: active })
    void calls.hangup()
    await settle(120_000)
    expect(times('hangup c1 hangup')).toBeGreaterThan(10)
    server['hangup'] = refusal(404, 'call-not-found')
    await settle(8_100)
    const { length } = asked
    await settle(60_000)
    expect(asked).toHaveLength(length)
  })

  test('with the page it ends', async () => {
    rung()
    void calls.decline('declined')
    await settle(1_000)
    page.abort()
    const { length } = asked
    await settle(60_000)
    expect(asked).toHaveLength(length)
  })
})

describe('what makes no sense any more is not repeated', () => {
  test('an accept that the person cancelled; the hang-up is', async () => {
    rung()
    void calls.accept(both)
    await settle(3_000)
    void calls.hangup()
    await settle(20)
    const accepts = times('accept c1')
    await settle(20_000)
    expect(times('accept c1')).toBe(accepts)
    expect(times('hangup c1 hangup')).toBeGreaterThan(2)
  })

  test('an accept whose call is over', async () => {
    rung()
    void calls.accept(both)
    await settle(3_000)
    state = next(state, { type: 'call', call: { ...ringing, revision: 5, state: 'ended', reason: 'timeout' } })
    const { length } = asked
    await settle(20_000)
    expect(asked).toHaveLength(length)
  })

  test('a hang-up of a call that the person has gone back into', async () => {
    state = next(state, { type: 'call', call: active })
    void calls.hangup()
    await settle(3_000)
    server['accept'] = active
    void calls.accept(both)
    await settle(100)
    expect(asked.at(-1)).toBe('accept c1')
    await settle(20_000)
    expect(asked.at(-1)).toBe('accept c1')
  })
})

describe('order', () => {
  test('a hang-up waits for the answer to the call it ends', async () => {
    server['start'] = 'hangs'
    void calls.start(both)
    await settle(100)
    server['hangup'] = over
    void calls.hangup()
    await settle(9_000)
    expect(asked).toEqual(['start c1'])
    await settle(1_500)
    expect(asked).toEqual(['start c1', 'hangup c1 hangup'])
  })

  test('a call that begins after its own hang-up is hung up again', async () => {
    void calls.start(both)
    await settle(10)
    server['hangup'] = refusal(404, 'call-not-found')
    void calls.hangup()
    await settle(2_000)
    expect(times('hangup c1 hangup')).toBe(1)
    server['hangup'] = { ...ours, revision: 2, state: 'ended', reason: 'cancelled' }
    state = next(state, { type: 'call', call: ours })
    void calls.reconcile()
    void calls.reconcile()
    await settle(100)
    expect(times('hangup c1 hangup')).toBe(2)
    expect(state.call?.state).toBe('ended')
  })
})

test('declined where the page before had accepted: hung up', async () => {
  rung()
  server = { decline: refusal(403, 'not-invited'), hangup: over }
  void calls.decline('declined')
  state = next(state, { type: 'call', call: active })
  void calls.reconcile()
  await settle(100)
  expect(asked).toEqual(['decline c1 declined', 'hangup c1 hangup'])
  expect(state.call?.state).toBe('ended')
})

test('back in a call before the server heard of the hang-up: an answer with nothing new in it is one', async () => {
  state = next(state, { type: 'call', call: active })
  void calls.hangup()
  await settle(100)
  server = { accept: active }
  void calls.accept(both)
  await settle(100)
  expect(asked.at(-1)).toBe('accept c1')
  expect(state.intent).toBeNull()
  expect(activeCallOf(state)).toEqual(active)
})

describe('a snapshot without a call', () => {
  test('asks after the one we believe in, and does so until it is told', async () => {
    rung()
    void calls.verify()
    await settle(3_000)
    expect(times('get c1')).toBeGreaterThan(1)
    server['get'] = refusal(404, 'call-not-found')
    await settle(10_000)
    expect(stageOf(state)).toBe('ended')
    expect(state.lost).toBe(true)
  })

  test('asks after one that an answer from before it tells of', async () => {
    server = { start: ours, get: refusal(404, 'call-not-found') }
    void calls.start(both)
    await settle(10)
    state = next(state, { type: 'hello', self: 'ana', call: null })
    void calls.verify()
    await settle(100)
    expect(asked).toEqual(['start c1', 'get c1'])
    expect(stageOf(state)).toBe('ended')
  })

  test('where there is none to believe in, or it has ended, nobody asks', async () => {
    void calls.verify()
    await settle(100)
    state = next(state, { type: 'call', call: over })
    void calls.verify()
    await settle(100)
    expect(asked).toEqual([])
  })
})

test('a full call is an answer, though another try may go well', async () => {
  rung()
  server['accept'] = refusal(409, 'call-full', true)
  void calls.accept(both)
  await settle(50)
  expect(stageOf(state)).toBe('ended')
  expect(problems).toMatchObject([{ code: 'call-full' }])
})

test('nobody heard for too long: failed, here and there', async () => {
  state = next(state, { type: 'call', call: active })
  server['hangup'] = { ...over, reason: 'failed' }
  void calls.breakOff('c0')
  expect(stageOf(state)).toBe('connecting')
  void calls.breakOff('c1')
  expect(stageOf(state)).toBe('ended')
  expect(state.left).toEqual({ call: 'c1', outcome: 'failed' })
  await settle(50)
  expect(asked).toEqual(['hangup c1 failed'])
})
