import { beforeEach, expect, test, vi } from 'vitest'
import type { StreamEvent } from './decode'
import { EventSourceTransport } from './eventsource'

class FakeSource extends EventTarget {
  readyState = 1
  close() {
    this.readyState = 2
  }

  say(type: string, data: unknown) {
    this.dispatchEvent(new MessageEvent(type, { data }))
  }

  fail(readyState: number) {
    this.readyState = readyState
    this.dispatchEvent(new Event('error'))
  }
}

const peer = { id: 'p1', name: '', media: {}, joinedAt: '2026-03-01T09:30:00.125Z' }
const word = (type: string, id: string, data: unknown = {}) => JSON.stringify({ type, id, room: 'r', at: '', from: 'p2', data })
let source: FakeSource
let events: StreamEvent[]
const connect = vi.fn<(lastEventId: string) => FakeSource>()
const handleEnd = vi.fn()

function open() {
  const transport = new EventSourceTransport({ connect, words: ['ready'], log: () => undefined })
  return transport.open(() => 'e-7', { handleEvent: (event) => events.push(event), handleAnswer: () => undefined, handleEnd })
}

beforeEach(() => {
  source = new FakeSource()
  events = []
  connect.mockReset().mockReturnValue(source)
  handleEnd.mockReset()
})

test('opens after the position, and hands on events of the contract and of the app’s own words', () => {
  open()
  expect(connect).toHaveBeenCalledWith('e-7')
  source.say('peer-joined', word('peer-joined', 'e-8', peer))
  source.say('ready', word('ready', 'e-9'))
  expect(events.map((event) => 'id' in event && event.id)).toEqual(['e-8', 'e-9'])
})

test('what cannot be decoded is dropped and does not end the stream', () => {
  open()
  source.say('call', 'no JSON')
  source.say('call', undefined)
  source.say('ready', word('ready', 'e-9'))
  expect(events).toHaveLength(1)
  expect(handleEnd).not.toHaveBeenCalled()
})

test.each([[0, 'cut'], [2, 'unexplained']])('an error with readyState %i ends it: %s', (readyState, name) => {
  open()
  source.fail(readyState)
  expect(source.readyState).toBe(2)
  expect(handleEnd).toHaveBeenCalledExactlyOnceWith({ name })
  source.fail(0)
  source.say('ready', word('ready', 'e-9'))
  expect(handleEnd).toHaveBeenCalledOnce()
  expect(events).toEqual([])
})

test('closed, it has no say any more', () => {
  open().close()
  expect(source.readyState).toBe(2)
  source.say('ready', word('ready', 'e-9'))
  source.fail(2)
  expect(events).toEqual([])
  expect(handleEnd).not.toHaveBeenCalled()
})
