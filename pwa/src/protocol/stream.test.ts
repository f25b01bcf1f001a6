import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiProblem } from './api'
import { ServerTime, systemClock } from './clock'
import type { StreamEvent } from './decode'
import * as shapes from './shapes'
import { EventStream } from './stream'
import { FakeWays, stamp, written } from './testing/fake-ways'
import type { Rung } from './transport'

let ways: FakeWays
let memory: { rung: Rung }
let time: ServerTime
let events: StreamEvent[]
let states: string[]
let stream: EventStream
const newest = () => ways.opened.at(-1)!
const ids = () => events.flatMap((event) => 'id' in event ? [event.id] : [])
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const revoked = new ApiProblem({ code: 'token-revoked', status: 401, retryable: false })
const full = new ApiProblem({ code: 'too-many-streams', status: 503, retryable: true, retryAfterMs: 3_000 })

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T09:30:00.000Z') })
  ways = new FakeWays()
  memory = { rung: 'sse' }
  time = new ServerTime(systemClock)
  events = []
  states = []
  stream = new EventStream({
    clock: { ...systemClock, random: () => 1 },
    time, memory,
    transports: ways.transports,
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state.name === 'refused' ? `refused: ${state.problem.code}` : state.name === 'open' ? `open: ${state.rung}` : state.name),
  })
  stream.start('e-0', 10)
})
afterEach(() => {
  stream.stop()
  vi.useRealTimers()
})

/** A heartbeat every 10 s, as long as the stream is open. */
async function beat(times: number) {
  for (let i = 0; i < times; i++) {
    await wait(10_000)
    for (const { rung } of ways.open) if (rung !== 'long-poll') ways.at(rung).say(written.heartbeat())
  }
}

test('opens after the position of the join answer', () => {
  expect(newest()).toMatchObject({ rung: 'sse', lastEventId: 'e-0' })
  expect(states).toEqual(['connecting'])
  newest().hello()
  expect(states).toEqual(['connecting', 'open: sse'])
})

test('on a healthy network one GET stream is all there is', async () => {
  await wait(300)
  newest().hello()
  newest().joined('e-1')
  await beat(60)
  newest().joined('e-2')
  await beat(60)
  expect(ways.opened).toHaveLength(1)
  expect(states).toEqual(['connecting', 'open: sse'])
})

test('a repeated event is dropped, on the same stream or the next', async () => {
  newest().hello()
  newest().joined('e-1', 'e-1', 'e-2')
  newest().end()
  await wait(500)
  newest().hello()
  newest().joined('e-1', 'e-2', 'e-3')
  expect(ids()).toEqual(['e-1', 'e-2', 'e-3'])
})

describe('watchdog', () => {
  test('no event for 2.5 heartbeats, and no short reply either: reopened from the last id', async () => {
    const [first] = ways.opened
    first!.hello()
    first!.joined('e-7')
    await wait(24_999)
    expect(first!.isClosed).toBe(false)
    await wait(1)
    expect(first!.isClosed).toBe(true)
    await wait(500)
    expect(ways.at('sse').lastEventId).toBe('e-7')
  })

  test('goes by the heartbeat that hello names', async () => {
    const [first] = ways.opened
    first!.hello({ heartbeatSeconds: 2 })
    await wait(5_000)
    expect(first!.isClosed).toBe(true)
  })

  test('also before the first event', async () => {
    await wait(25_500)
    expect(ways.count('sse')).toBe(2)
  })
})

describe('after an error', () => {
  test('comes back by itself, 0.5 s doubling to 8 s, for ever', async () => {
    ways.onOpen = (connection) => { if (connection.rung === 'long-poll') setTimeout(() => connection.end()) }
    for (const delayMs of [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]) {
      const count = ways.count('sse')
      ways.at('sse').end()
      await wait(delayMs - 1)
      expect(ways.count('sse')).toBe(count)
      await wait(1)
      expect(ways.count('sse')).toBe(count + 1)
    }
    ways.at('sse').hello()
    ways.at('sse').end()
    await wait(500)
    expect(ways.count('sse')).toBe(9)
  })

  test('says that it is reconnecting, and when it is back', async () => {
    newest().hello()
    newest().end()
    await wait(500)
    newest().hello()
    expect(states).toEqual(['connecting', 'open: sse', 'reconnecting', 'open: sse'])
  })

  test('a connection that was closed has no say any more', async () => {
    const [old] = ways.opened
    old!.hello()
    old!.end()
    old!.joined('e-1')
    old!.end({ name: 'unexplained' })
    await wait(500)
    expect(ids()).toEqual([])
    expect(ways.opened).toHaveLength(2)
  })

  test('one that came through at once the next time leaves nothing running beside it', async () => {
    newest().end({ name: 'unexplained' })
    ways.at('long-poll').answer()
    await wait(500)
    ways.at('sse').hello()
    expect(ways.rungs).toEqual(['sse'])
  })
})

describe('when the browser gave up without saying why, a long-poll asks', () => {
  test('revoked: told, and never again', async () => {
    newest().hello({}, 'e-0')
    newest().joined('e-3')
    newest().end({ name: 'unexplained' })
    await wait(500)
    newest().end({ name: 'unexplained' })
    expect(ways.at('long-poll').lastEventId).toBe('e-3')
    ways.at('long-poll').end({ name: 'problem', problem: revoked })
    await wait(120_000)
    expect(states.at(-1)).toBe('refused: token-revoked')
    expect(ways.open).toEqual([])
  })

  test('no reason: reopened, and carried meanwhile', async () => {
    newest().end({ name: 'unexplained' })
    ways.at('long-poll').answer(['e-1'])
    expect(states).toEqual(['connecting', 'reconnecting', 'open: long-poll'])
    await wait(500)
    expect(ways.at('sse').lastEventId).toBe('e-1')
  })

  test('an answer that comes after the page woke up changes nothing', async () => {
    newest().end({ name: 'unexplained' })
    const asked = ways.at('long-poll')
    await wait(400)
    stream.reopen()
    asked.end({ name: 'problem', problem: revoked })
    await wait(10_000)
    expect(states).not.toContain('refused: token-revoked')
  })
})

test('a refusal that may pass is tried again, not before its time', async () => {
  newest().end({ name: 'problem', problem: full })
  await wait(3_499)
  expect(ways.count('sse')).toBe(1)
  await wait(1)
  expect(ways.count('sse')).toBe(2)
})

describe('goodbye', () => {
  test('replaced: stays away until started again', async () => {
    newest().hello()
    newest().joined('e-4')
    newest().say(written.goodbye('replaced'))
    expect(newest().isClosed).toBe(true)
    newest().end()
    stream.reopen() // the page wakes up
    await wait(120_000)
    expect(ways.opened).toHaveLength(1)
    expect(states.at(-1)).toBe('replaced')
    stream.start(stream.lastEventId, 10)
    expect(newest().lastEventId).toBe('e-4')
  })

  test('replaced on the carrier is another page’s doing as well', async () => {
    await wait(1_000)
    ways.at('long-poll').answer()
    ways.at('long-poll').say(written.goodbye('replaced'))
    expect(states.at(-1)).toBe('replaced')
    expect(ways.open).toEqual([])
  })

  test('left: over', async () => {
    newest().hello()
    newest().say(written.goodbye('left'))
    await wait(120_000)
    expect(ways.opened).toHaveLength(1)
    expect(states.at(-1)).toBe('left')
  })

  test.each(['draining', 'refresh'])('%s: back after retryAfterMs, without a word on screen', async (reason) => {
    newest().hello()
    newest().say(written.goodbye(reason, 700))
    newest().end()
    await wait(699)
    expect(ways.opened).toHaveLength(1)
    await wait(1)
    expect(ways.opened).toHaveLength(2)
    newest().hello()
    expect(states).toEqual(['connecting', 'open: sse'])
  })

  test('of a connection that we have closed ourselves: nobody hears it', () => {
    const [old] = ways.opened
    old!.hello()
    stream.reopen()
    old!.say(written.goodbye('replaced'))
    expect(states).not.toContain('replaced')
  })

  test('replaced by a request of our own that we had given up, and that came late: opened again', async () => {
    await wait(400)
    stream.reopen() // the first was not answered yet
    newest().hello()
    newest().say(written.goodbye('replaced'))
    expect(states.at(-1)).toBe('reconnecting')
    await wait(500)
    newest().hello()
    expect(states.at(-1)).toBe('open: sse')
    await beat(6)
    ways.at('sse').say(written.goodbye('replaced'))
    expect(states.at(-1)).toBe('replaced')
  })
})

test('what comes late after the network was gone is not held against the stream', async () => {
  newest().hello()
  stream.expect(shapes.call({ id: 'c1', room: 'r', revision: 1, state: 'ringing', video: true, caller: 'p1', createdAt: '' }))
  await wait(1_500)
  ways.at('long-poll').answer()
  await wait(5_000)
  const writtenMs = Date.now()
  await wait(3_000)
  ways.at('long-poll').end()
  await wait(500)
  ways.at('long-poll').answer()
  ways.at('sse').say(written.heartbeat(writtenMs))
  expect(ways.rungs).toEqual(['sse', 'long-poll'])
  await beat(1)
  expect(ways.rungs).toEqual(['sse'])
})

test('replaced by a request that was cut before it was answered, and came through all the same: opened again', async () => {
  newest().end()
  await wait(500)
  newest().hello()
  newest().say(written.goodbye('replaced'))
  await wait(500)
  newest().hello()
  expect(states.at(-1)).toBe('open: sse')
})

describe('waking up', () => {
  test('starts over at once from the last id, whatever seems to be open', async () => {
    newest().hello()
    newest().joined('e-9')
    await wait(400)
    stream.reopen()
    expect(ways.opened[0]!.isClosed).toBe(true)
    expect(newest().lastEventId).toBe('e-9')
    expect(states).toEqual(['connecting', 'open: sse'])
  })

  test('does not sit out a wait', async () => {
    ways.onOpen = (connection) => setTimeout(() => connection.end())
    await wait(60_000)
    const count = ways.count('sse')
    stream.reopen()
    expect(ways.count('sse')).toBe(count + 1)
  })

  test('several signals of one waking open one stream', async () => {
    newest().hello()
    stream.reopen()
    stream.reopen()
    await wait(100)
    stream.reopen()
    expect(ways.opened).toHaveLength(2)
  })

  test('one that comes after the attempt has failed is heard', async () => {
    newest().hello()
    stream.reopen()
    newest().end()
    stream.reopen()
    expect(ways.opened).toHaveLength(3)
  })
})

describe('a lost position', () => {
  test('the new one is that of the snapshot', async () => {
    newest().hello()
    newest().joined('e-9')
    newest().hello({ resumed: false, reason: 'restart' }, 'f-1')
    await wait(400)
    stream.reopen()
    expect(newest().lastEventId).toBe('f-1')
  })

  test('told by one way, the other begins anew where that one does, and nobody is told twice', async () => {
    await wait(1_000)
    const carrier = ways.at('long-poll')
    carrier.say(written.hello('f-1', { resumed: false, reason: 'restart' }))
    carrier.answer(['f-2'])
    expect(ways.opened[0]!.isClosed).toBe(true)
    ways.opened[0]!.hello({ resumed: false, reason: 'restart' }, 'f-0')
    expect(ways.at('sse').lastEventId).toBe('f-1')
    ways.at('sse').hello()
    ways.at('sse').joined('f-2', 'f-3')
    expect(ids()).toEqual(['f-2', 'f-3'])
    expect(events.filter(({ type }) => type === 'hello')).toHaveLength(1)
  })
})

test('a snapshot from before what the carrier has told since is not handed on', async () => {
  await wait(1_000)
  ways.at('long-poll').answer(['e-1'])
  ways.at('sse').hello()
  ways.at('sse').joined('e-1', 'e-2')
  expect(events.map(({ type }) => type)).toEqual(['peer-joined', 'peer-joined'])
})

test('paused, it is silent until it is reopened', async () => {
  newest().hello()
  stream.pause()
  await wait(120_000)
  expect(ways.opened).toHaveLength(1)
  stream.reopen()
  expect(ways.opened).toHaveLength(2)
})

test('stopped, nothing brings it back', async () => {
  newest().end()
  stream.stop()
  stream.reopen()
  await wait(120_000)
  expect(ways.opened).toHaveLength(1)
})

test('learns the server’s clock from hello', () => {
  newest().hello()
  expect(time.ours(stamp(1_000))).toBe(1_000)
})

describe('a call that a request of ours has changed', () => {
  const call = (revision: number) => shapes.call({ id: 'c1', room: 'r', revision, state: 'ringing', video: true, caller: 'p1', createdAt: '' })

  test('told by the stream, before the answer or soon after it: all is well', async () => {
    newest().hello()
    newest().say(written.call('e-1', { revision: 1 }))
    stream.expect(call(1))
    stream.expect(call(2))
    await wait(1_400)
    newest().say(written.call('e-2', { revision: 2 }))
    await wait(2_000)
    expect(ways.opened).toHaveLength(1)
  })

  test('not told within 1.5 s: the carrier asks', async () => {
    newest().hello()
    stream.expect(call(1))
    await wait(1_499)
    expect(ways.opened).toHaveLength(1)
    await wait(1)
    expect(ways.rungs).toEqual(['sse', 'long-poll'])
  })
})
