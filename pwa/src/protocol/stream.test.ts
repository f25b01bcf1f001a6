import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiProblem } from './api'
import { systemClock } from './clock'
import type { StreamEvent } from './decode'
import { EventStream } from './stream'

class FakeSource extends EventTarget {
  readyState = 0
  readonly lastEventId: string

  constructor(lastEventId: string) {
    super()
    this.lastEventId = lastEventId
  }

  close() {
    this.readyState = 2
  }

  get isClosed() {
    return this.readyState === 2
  }

  say(type: string, data: unknown, id?: string) {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify({ type, id, room: 'r', at: '', from: 'p2', data }) }))
  }

  hello(lastEventId = this.lastEventId, more: object = {}) {
    this.readyState = 1
    this.say('hello', { peer, peers: [peer], call: null, lastEventId, heartbeatSeconds: 10, resumed: true, ...more })
  }

  joined(id: string) {
    this.say('peer-joined', { ...peer, id: `peer-${id}` }, id)
  }

  fail(gaveUp: boolean) {
    this.readyState = gaveUp ? 2 : 0
    this.dispatchEvent(new Event('error'))
  }
}

const peer = { id: 'p1', name: '', media: {}, joinedAt: '2026-03-01T09:30:00.125Z' }

let sources: FakeSource[]
let events: StreamEvent[]
let states: string[]
let stream: EventStream
const probe = vi.fn<(lastEventId: string, signal: AbortSignal) => Promise<void>>()
const newest = () => sources.at(-1)!
const ids = () => events.flatMap((event) => 'id' in event ? [event.id] : [])
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms)

beforeEach(() => {
  vi.useFakeTimers()
  sources = []
  events = []
  states = []
  probe.mockReset().mockResolvedValue()
  stream = new EventStream({
    clock: { ...systemClock, random: () => 1 },
    connect: (lastEventId) => {
      sources.push(new FakeSource(lastEventId))
      return newest()
    },
    probe,
    words: ['ready'],
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state.name === 'refused' ? `refused: ${state.problem.code}` : state.name),
    log: () => undefined,
  })
  stream.start('e-0', 10)
})
afterEach(() => {
  stream.stop()
  vi.useRealTimers()
})

test('opens after the position of the join answer', () => {
  expect(newest().lastEventId).toBe('e-0')
  expect(states).toEqual(['connecting'])
  newest().hello()
  expect(states).toEqual(['connecting', 'open'])
})

test('hands on events of the contract and of the app’s own words', () => {
  newest().hello()
  newest().joined('e-1')
  newest().say('ready', {}, 'e-2')
  expect(events.map(({ type }) => type)).toEqual(['hello', 'peer-joined', 'other'])
})

test('a repeated event is dropped, on the same stream or the next', async () => {
  newest().hello()
  newest().joined('e-1')
  newest().joined('e-1')
  newest().joined('e-2')
  newest().fail(false)
  await wait(500)
  newest().hello('e-0')
  for (const id of ['e-1', 'e-2', 'e-3']) newest().joined(id)
  expect(ids()).toEqual(['e-1', 'e-2', 'e-3'])
})

test('what cannot be decoded is dropped and does not end the stream', () => {
  newest().hello()
  newest().dispatchEvent(new MessageEvent('call', { data: 'no JSON' }))
  newest().joined('e-1')
  expect(ids()).toEqual(['e-1'])
})

describe('watchdog', () => {
  test('no event for 2.5 heartbeats: reopened from the last id', async () => {
    newest().hello()
    newest().joined('e-7')
    await wait(24_999)
    expect(newest().isClosed).toBe(false)
    await wait(1)
    expect(newest().isClosed).toBe(true)
    await wait(500)
    expect(sources).toHaveLength(2)
    expect(newest().lastEventId).toBe('e-7')
  })

  test('a heartbeat is an event', async () => {
    newest().hello()
    for (let i = 0; i < 10; i++) {
      await wait(20_000)
      newest().say('heartbeat', { at: '' })
    }
    expect(sources).toHaveLength(1)
  })

  test('goes by the heartbeat that hello names', async () => {
    newest().hello('e-0', { heartbeatSeconds: 2 })
    await wait(5_000)
    expect(newest().isClosed).toBe(true)
  })

  test('also before the first event', async () => {
    await wait(25_500)
    expect(sources).toHaveLength(2)
  })
})

describe('after an error', () => {
  test('comes back by itself, 0.5 s doubling to 8 s, for ever', async () => {
    for (const delayMs of [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]) {
      const count = sources.length
      newest().fail(false)
      await wait(delayMs - 1)
      expect(sources).toHaveLength(count)
      await wait(1)
      expect(sources).toHaveLength(count + 1)
    }
    newest().hello()
    newest().fail(false)
    await wait(500)
    expect(sources).toHaveLength(9)
    expect(probe).not.toHaveBeenCalled()
  })

  test('says that it is reconnecting, and when it is back', async () => {
    newest().hello()
    newest().fail(false)
    await wait(500)
    newest().hello()
    expect(states).toEqual(['connecting', 'open', 'reconnecting', 'open'])
  })

  test('a source that was closed has no say any more', async () => {
    const old = newest()
    old.hello()
    old.fail(false)
    old.joined('e-1')
    old.fail(true)
    await wait(500)
    expect(ids()).toEqual([])
    expect(sources).toHaveLength(2)
  })
})

describe('when the browser gave up, one long-poll asks why', () => {
  test('revoked: told, and never again', async () => {
    newest().hello('e-3')
    probe.mockRejectedValueOnce(new ApiProblem({ code: 'token-revoked', status: 401, retryable: false }))
    newest().fail(true)
    await wait(120_000)
    expect(probe).toHaveBeenCalledWith('e-3', expect.anything())
    expect(states.at(-1)).toBe('refused: token-revoked')
    expect(sources).toHaveLength(1)
  })

  test('no reason: reopened', async () => {
    newest().fail(true)
    await wait(500)
    expect(sources).toHaveLength(2)
  })

  test('too many streams: not before Retry-After', async () => {
    probe.mockRejectedValueOnce(new ApiProblem({ code: 'too-many-streams', status: 429, retryable: true, retryAfterMs: 3_000 }))
    newest().fail(true)
    await wait(3_499)
    expect(sources).toHaveLength(1)
    await wait(1)
    expect(sources).toHaveLength(2)
  })

  test('an answer that comes after the page woke up changes nothing', async () => {
    let answer: (problem: ApiProblem) => void = () => undefined
    probe.mockImplementationOnce(() => new Promise((_, reject) => { answer = reject }))
    newest().fail(true)
    stream.reopen()
    answer(new ApiProblem({ code: 'token-revoked', status: 401, retryable: false }))
    await wait(10_000)
    expect(states).not.toContain('refused: token-revoked')
    expect(sources).toHaveLength(2)
  })
})

describe('goodbye', () => {
  test('replaced: stays away until started again', async () => {
    newest().hello()
    newest().joined('e-4')
    newest().say('goodbye', { reason: 'replaced', retryAfterMs: 0 })
    expect(newest().isClosed).toBe(true)
    newest().fail(false)
    stream.reopen() // the page wakes up
    await wait(120_000)
    expect(sources).toHaveLength(1)
    expect(states.at(-1)).toBe('replaced')
    stream.start(stream.lastEventId, 10)
    expect(newest().lastEventId).toBe('e-4')
  })

  test('left: over', async () => {
    newest().hello()
    newest().say('goodbye', { reason: 'left', retryAfterMs: 0 })
    await wait(120_000)
    expect(sources).toHaveLength(1)
    expect(states.at(-1)).toBe('left')
  })

  test.each(['draining', 'refresh'])('%s: back after retryAfterMs, without a word on screen', async (reason) => {
    newest().hello()
    newest().say('goodbye', { reason, retryAfterMs: 700 })
    newest().fail(false)
    await wait(699)
    expect(sources).toHaveLength(1)
    await wait(1)
    expect(sources).toHaveLength(2)
    newest().hello()
    expect(states).toEqual(['connecting', 'open', 'open'])
  })
})

test('reopen() starts over at once from the last id, whatever readyState says', () => {
  newest().hello()
  newest().joined('e-9')
  stream.reopen()
  expect(sources[0]!.isClosed).toBe(true)
  expect(newest().lastEventId).toBe('e-9')
})

test('a lost log: the position is the one of the snapshot', () => {
  newest().hello()
  newest().joined('e-9')
  newest().hello('f-1', { resumed: false, reason: 'restart' })
  stream.reopen()
  expect(newest().lastEventId).toBe('f-1')
})

test('paused, it is silent until it is reopened', async () => {
  newest().hello()
  stream.pause()
  await wait(120_000)
  expect(sources).toHaveLength(1)
  stream.reopen()
  expect(sources).toHaveLength(2)
})

test('stopped, nothing brings it back', async () => {
  newest().fail(false)
  stream.stop()
  stream.reopen()
  await wait(120_000)
  expect(sources).toHaveLength(1)
})
