import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../protocol/clock'
import type { EventSourceLike } from '../protocol/eventsource'
import { lookAtLongPoll, lookAtPostStream, lookAtSse, streamFinding } from './streams'
import type { Tools } from './tools'

const startMs = Date.parse('2026-03-01T09:30:00.000Z')
const beats = [0, 300, 600, 900, 1200, 1500]

beforeEach(() => vi.useFakeTimers({ now: startMs }))
afterEach(() => vi.useRealTimers())

const tools = (change: Partial<Tools>): Tools => ({
  clock: systemClock, fetch: () => Promise.reject(new TypeError('no network')), createPeerConnection: null, patienceMs: 5_000, signal: new AbortController().signal,
  openEventSource: () => { throw new Error('not asked for') },
  ...change,
})
const at = (ms: number) => new Date(startMs + ms).toISOString()

describe('what a stream comes to', () => {
  const finding = (arrives: (ms: number) => number, aheadMs = 0) => streamFinding('sse', beats.map((ms) => ({ writtenMs: ms, arrivedMs: arrives(ms) + aheadMs })), aheadMs)

  test.each<[string, (ms: number) => number, string, number]>([
    ['in time', (ms) => ms + 40, 'works', 40],
    ['late, and as they were said', (ms) => ms + 2_500, 'slow', 2_500],
    ['all at once at the end', () => 1_510, 'held', 1_510],
    ['each with the next', (ms) => Math.min(ms + 300, 1_500), 'works', 300],
    ['before they were written, by clocks that differ a little', (ms) => ms - 3, 'works', 0],
  ])('%s', (_, arrives, state, delayMs) => {
    expect(finding(arrives)).toEqual({ way: 'sse', state, delayMs })
    expect(finding(arrives, 90_000)).toEqual({ way: 'sse', state, delayMs }) // our clock is ahead
  })

  test('nothing at all', () => expect(streamFinding('sse', [], 0)).toMatchObject({ state: 'fails' }))
})

class Source extends EventTarget implements EventSourceLike {
  readyState = 1
  closed = false
  close(): void {
    this.closed = true
  }

  say(type: string, data: unknown): void {
    this.dispatchEvent(Object.assign(new Event(type), { data: JSON.stringify(data) }))
  }
}

describe('SSE', () => {
  test('is listened to until its goodbye, and closed', async () => {
    const source = new Source()
    const found = lookAtSse(tools({ openEventSource: () => source }), 0)
    for (const [index, ms] of beats.entries()) {
      await vi.advanceTimersByTimeAsync(startMs + ms + 20 - Date.now())
      source.say(index === 0 ? 'hello' : index === 5 ? 'goodbye' : 'heartbeat', { type: '', at: at(ms), number: index })
    }
    expect(await found).toEqual({ way: 'sse', state: 'works', delayMs: 20 })
    expect(source.closed).toBe(true)
  })

  test.each<[string, string, (source: Source) => void]>([
    ['an error before the first event', 'unconnected', (source) => source.dispatchEvent(new Event('error'))],
    ['one in between', 'cut', (source) => { source.say('hello', { at: at(0) }); source.dispatchEvent(new Event('error')) }],
    ['somebody else’s events', 'not-ours', (source) => source.say('hello', { news: 'of another server' })],
    ['silence', 'no-answer', () => undefined],
  ])('%s', async (_, reason, happens) => {
    const source = new Source()
    const found = lookAtSse(tools({ openEventSource: () => source }), 0).catch((error: unknown) => error)
    happens(source)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await found).toMatchObject({ reason })
    expect(source.closed).toBe(true)
  })
})

test('SSE that is answered with an error says which', async () => {
  const source = new Source()
  const found = lookAtSse(tools({ openEventSource: () => source, fetch: () => Promise.resolve(new Response('', { status: 502 })) }), 0)
  source.dispatchEvent(new Event('error'))
  await expect(found).rejects.toMatchObject({ reason: 'gateway', code: 502 })
})

describe('by POST, and long-poll', () => {
  const answering = (body: string, type: string, status = 200) => tools({ fetch: () => Promise.resolve(new Response(body, { status, headers: { 'Content-Type': type } })) })
  const frame = (type: string, ms: number) => `event:${type}\ndata:${JSON.stringify({ type, at: at(ms), number: 0 })}\n\n`

  test('a stream that comes all at once was held back', async () => {
    vi.setSystemTime(startMs + 1_500)
    const found = lookAtPostStream(answering(`: ${' '.repeat(2_000)}\n\n${frame('hello', 0)}${frame('heartbeat', 700)}${frame('goodbye', 1_500)}`, 'text/event-stream'), 0)
    expect(await found).toMatchObject({ state: 'held', delayMs: 1_500 })
  })

  test.each([
    ['a page of a proxy’s', '<html>', 'text/html', 'not-ours'],
    ['a stream without an end', frame('hello', 0), 'text/event-stream', 'cut'],
    ['a stream of something else', 'event: hello\ndata: 1\n\n', 'text/event-stream', 'not-ours'],
  ])('%s', async (_, body, type, reason) => {
    await expect(lookAtPostStream(answering(body, type), 0)).rejects.toMatchObject({ reason })
  })

  test('a long-poll is as late as its answer', async () => {
    const answer = JSON.stringify({ events: [{ type: 'heartbeat', at: at(0), number: 1 }], at: at(0) })
    vi.setSystemTime(startMs + 35)
    expect(await lookAtLongPoll(answering(answer, 'application/json'), 0)).toEqual({ way: 'long-poll', state: 'works', delayMs: 35 })
    await expect(lookAtLongPoll(answering('{}', 'application/json'), 0)).rejects.toMatchObject({ reason: 'not-ours' })
  })
})
