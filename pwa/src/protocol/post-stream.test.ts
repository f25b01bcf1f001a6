import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Api } from './api'
import { systemClock } from './clock'
import type { StreamEvent } from './decode'
import { PostStreamTransport } from './post-stream'
import type { Ending } from './transport'

const fetching = vi.fn<typeof fetch>()
const settle = () => new Promise((resolve) => setTimeout(resolve, 0))
const frame = (id: string) => `event: ready\nid: ${id}\ndata: ${JSON.stringify({ type: 'ready', id, room: 'r', at: '', from: 'p2', data: 'schön' })}\n\n`
let token: string
let events: StreamEvent[]
let endings: Ending[]
const ids = () => events.map((event) => 'id' in event ? event.id : '')

function open() {
  const api = new Api({ fetch: fetching, clock: systemClock, room: 'r', token: () => token })
  const transport = new PostStreamTransport({ request: (lastEventId, signal) => api.openStream(lastEventId, signal), log: () => undefined })
  return transport.open(() => 'e-7', { handleEvent: (event) => events.push(event), handleAnswer: () => undefined, handleEnd: (ending) => endings.push(ending) })
}

function streaming(contentType = 'text/event-stream') {
  let controller: ReadableStreamDefaultController<Uint8Array>
  const body = new ReadableStream<Uint8Array>({ start: (given) => { controller = given } })
  fetching.mockImplementation((_, init) => {
    init!.signal!.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')))
    return Promise.resolve(new Response(body, { headers: { 'Content-Type': contentType } }))
  })
  return {
    async write(bytes: Uint8Array) {
      controller.enqueue(bytes)
      await settle()
    },
    async end() {
      controller.close()
      await settle()
    },
    async cut() {
      controller.error(new TypeError('network error'))
      await settle()
    },
  }
}

beforeEach(() => {
  fetching.mockReset()
  token = 'full'
  events = []
  endings = []
})

test('asks by POST with the token of the moment in the header, never in the address', async () => {
  streaming()
  token = 'renewed'
  open()
  await settle()
  const [url, init] = fetching.mock.calls[0]!
  expect(url).toBe('/api/v1/rooms/r/events?lastEventId=e-7')
  expect(init).toMatchObject({ method: 'POST', headers: { Accept: 'text/event-stream', Authorization: 'Bearer renewed' }, cache: 'no-store' })
})

test('hands on each event as soon as its last byte is here, wherever it was cut', async () => {
  const stream = streaming()
  open()
  const bytes = new TextEncoder().encode(frame('e-8') + frame('e-9'))
  const end = new TextEncoder().encode(frame('e-8')).length
  await stream.write(bytes.subarray(0, end - 1))
  expect(ids()).toEqual([])
  await stream.write(bytes.subarray(end - 1, end + 60))
  expect(ids()).toEqual(['e-8'])
  await stream.write(bytes.subarray(end + 60))
  expect(ids()).toEqual(['e-8', 'e-9'])
})

describe('ends', () => {
  test('when it is cut, and when the server ends it', async () => {
    for (const how of ['cut', 'end'] as const) {
      const stream = streaming()
      open()
      await settle()
      await stream[how]()
      expect(endings.splice(0)).toEqual([{ name: 'cut' }])
    }
  })

  test('with the problem that our server told', async () => {
    fetching.mockResolvedValue(new Response('{"code":"token-revoked","retryable":false}', { status: 401 }))
    open()
    await settle()
    expect(endings).toMatchObject([{ name: 'problem', problem: { code: 'token-revoked', status: 401 } }])
  })

  test.each([
    ['a proxy’s own 403', () => new Response('<html>Forbidden', { status: 403 })],
    ['a proxy’s own 502', () => new Response('<html>Bad gateway', { status: 502 })],
    ['a captive portal', () => new Response('<html>Welcome to the hotel', { headers: { 'Content-Type': 'text/html' } })],
    ['an answer without a body', () => new Response(null, { status: 204 })],
  ])('as if it were cut, with %s', async (_, response) => {
    fetching.mockResolvedValue(response())
    open()
    await settle()
    expect(endings).toEqual([{ name: 'cut' }])
    expect(events).toEqual([])
  })

  test('as if it were cut, without a network', async () => {
    fetching.mockRejectedValue(new TypeError('failed to fetch'))
    open()
    await settle()
    expect(endings).toEqual([{ name: 'cut' }])
  })

  test('without a word when we close it, before the answer or after', async () => {
    streaming()
    open().close()
    await settle()
    const stream = streaming()
    const late = open()
    await stream.write(new TextEncoder().encode(frame('e-8')))
    late.close()
    await settle()
    expect(fetching.mock.calls.map(([, init]) => init!.signal!.aborted)).toEqual([true, true])
    expect(endings).toEqual([])
  })
})
