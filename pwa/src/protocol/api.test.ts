import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Api, ApiProblem } from './api'
import { systemClock } from './clock'

const fetching = vi.fn<typeof fetch>()
let api: Api
let token: string | null

beforeEach(() => {
  vi.useFakeTimers()
  fetching.mockReset()
  token = 'full'
  api = new Api({ fetch: fetching, clock: systemClock, room: 'a b', token: () => token })
})
afterEach(() => vi.useRealTimers())

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) => new Response(JSON.stringify(body), { status, headers })
const call = { id: 'c1', room: 'a b', revision: 1, state: 'ringing', video: true, caller: 'p1', invited: [], participants: ['p1'], createdAt: 'now' }
async function failure(promise: Promise<unknown>): Promise<ApiProblem> {
  const error: unknown = await promise.then(() => null, (reason: unknown) => reason)
  if (!(error instanceof ApiProblem)) throw new Error('did not fail with a problem')
  return error
}

test('says who speaks in the header and what in JSON', async () => {
  fetching.mockResolvedValue(json(call, 201))
  await expect(api.startCall({ id: 'c1', video: true })).resolves.toEqual(call)
  const [url, init] = fetching.mock.calls[0]!
  expect(url).toBe('/api/v1/rooms/a%20b/calls')
  expect(init).toMatchObject({ method: 'POST', body: '{"id":"c1","video":true}', headers: { Authorization: 'Bearer full' } })
})

test('without a token there is no header', async () => {
  token = null
  fetching.mockResolvedValue(json({ room: 'a b', callCapacity: 2, passcodeRequired: false }))
  await api.room()
  expect(fetching.mock.calls[0]![1]!.headers).not.toHaveProperty('Authorization')
})

test('the stream’s address has the stream token and the position', () => {
  expect(api.streamUrl('s t', 'e-1')).toBe('/api/v1/rooms/a%20b/events?access_token=s+t&lastEventId=e-1')
  expect(api.streamUrl('s', '')).toBe('/api/v1/rooms/a%20b/events?access_token=s')
})

describe('what answers tell on the side', () => {
  const onShortReply = vi.fn()
  const onCall = vi.fn()
  beforeEach(() => {
    onShortReply.mockReset()
    onCall.mockReset()
    api = new Api({ fetch: fetching, clock: systemClock, room: 'a b', token: () => token, onShortReply, onCall })
  })
  const signal = new AbortController().signal

  test('the server’s clock, where it did not wait', async () => {
    fetching.mockResolvedValueOnce(json({ eventId: 'e-1', at: 'now' }, 202))
    await api.send([{ id: '1', to: 'p2', call: 'c1', type: 'ready', data: {} }])
    fetching.mockResolvedValueOnce(json({ events: [], lastEventId: 'e-1', at: 'soon' }))
    await api.poll({ lastEventId: 'e-1', waitSeconds: 0, timeoutMs: 1_000, signal })
    fetching.mockResolvedValueOnce(json({ events: [], lastEventId: 'e-1', at: 'later' }))
    await api.poll({ lastEventId: 'e-1', waitSeconds: 25, timeoutMs: 1_000, signal })
    expect(onShortReply.mock.calls).toEqual([['now'], ['soon']])
  })

  test('the call that a deed has changed, and none that was only looked at', async () => {
    fetching.mockImplementation(() => Promise.resolve(json(call)))
    await api.getCall('c1')
    expect(onCall).not.toHaveBeenCalled()
    await api.startCall({ id: 'c1', video: true })
    await api.accept('c1')
    await api.decline('c1', 'busy')
    await api.hangup('c1', 'hangup')
    expect(onCall.mock.calls).toEqual([[call], [call], [call], [call]])
  })
})

describe('a long-poll', () => {
  const request = { lastEventId: 'e 1', waitSeconds: 25, timeoutMs: 35_000, signal: new AbortController().signal }

  test('asks after the position, for so long, with the token', async () => {
    fetching.mockResolvedValue(json({ events: [{ type: 'x' }], lastEventId: 'e-2', at: 'now' }))
    await expect(api.poll(request)).resolves.toEqual({ events: [{ type: 'x' }], lastEventId: 'e-2', at: 'now' })
    const [url, init] = fetching.mock.calls[0]!
    expect(url).toBe('/api/v1/rooms/a%20b/events?waitSeconds=25&lastEventId=e+1')
    expect(init).toMatchObject({ method: 'GET', headers: { Authorization: 'Bearer full', Accept: 'application/json' } })
  })

  test('has its own time limit', async () => {
    fetching.mockImplementation((_, init) => new Promise((_resolve, reject) => {
      init!.signal!.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
    }))
    const failed = failure(api.poll(request))
    await vi.advanceTimersByTimeAsync(34_999)
    expect(fetching.mock.calls[0]![1]!.signal!.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await failed).toMatchObject({ code: 'network', retryable: true })
  })

  test.each([[{}], [{ events: [], lastEventId: '', at: '' }], [{ events: {}, lastEventId: 'e', at: '' }]])('answered with %j is not answered', async (answer) => {
    fetching.mockResolvedValue(json(answer))
    expect(await failure(api.poll(request))).toMatchObject({ code: 'bad-answer', retryable: true })
  })
})

test('one message goes as itself, several as an array', async () => {
  fetching.mockImplementation(() => Promise.resolve(json({}, 202)))
  const message = { id: '1', to: 'p2', call: 'c1', type: 'ready', data: {} }
  await api.send([message])
  await api.send([message, { ...message, id: '2' }])
  expect(fetching.mock.calls.map(([, init]) => JSON.parse(String(init!.body)) instanceof Array)).toEqual([false, true])
})

describe('problems', () => {
  test('as the server spells them, with the time to wait and what was wrong', async () => {
    const body = { code: 'too-many-messages', detail: 'Slow down.', retryable: true, errors: [{ field: '[2].type', reason: 'reserved' }, 'noise'] }
    fetching.mockResolvedValue(json(body, 429, { 'Retry-After': '2' }))
    const problem = await failure(api.send([]))
    expect(problem).toMatchObject({ code: 'too-many-messages', status: 429, detail: 'Slow down.', retryable: true, retryAfterMs: 2_000 })
    expect(problem.errors).toEqual([{ field: '[2].type', reason: 'reserved' }])
  })

  test('call-exists brings the call', async () => {
    fetching.mockResolvedValue(json({ code: 'call-exists', retryable: false, call }, 409))
    expect((await failure(api.startCall({ id: 'c2', video: true }))).call).toEqual(call)
  })

  test('no network: retryable', async () => {
    fetching.mockRejectedValue(new TypeError('failed to fetch'))
    expect(await failure(api.room())).toMatchObject({ code: 'network', status: 0, retryable: true })
  })

  test('no answer for 10 s is no network', async () => {
    fetching.mockImplementation((_, init) => new Promise((_resolve, reject) => {
      init!.signal!.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
    }))
    const failed = failure(api.room())
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await failed).toMatchObject({ code: 'network', retryable: true })
  })

  test('what we called off ourselves is not worth a retry', async () => {
    const aborter = new AbortController()
    fetching.mockImplementation((_, init) => new Promise((_resolve, reject) => {
      init!.signal!.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
    }))
    const failed = failure(api.room(aborter.signal))
    aborter.abort()
    expect(await failed).toMatchObject({ retryable: false })
  })

  test('a captive portal’s page is not our server', async () => {
    fetching.mockResolvedValue(new Response('<html>Welcome to the hotel'))
    expect(await failure(api.room())).toMatchObject({ code: 'bad-answer', retryable: true })
    fetching.mockResolvedValue(new Response(null, { status: 204 }))
    expect(await failure(api.send([]))).toMatchObject({ code: 'bad-answer', retryable: true })
    fetching.mockResolvedValue(json({ welcome: 'to the hotel' }))
    expect(await failure(api.room())).toMatchObject({ code: 'bad-answer', retryable: true })
    fetching.mockResolvedValue(new Response('<html>Bad gateway', { status: 502 }))
    expect(await failure(api.room())).toMatchObject({ code: 'http-502', retryable: true })
  })

  test.each([401, 403, 404, 409])('a proxy’s own %i says nothing of our server, and may be gone in a moment', async (status) => {
    for (const body of ['<html>Forbidden', '{"code":"FORBIDDEN"}', '']) {
      fetching.mockResolvedValue(new Response(body, { status, headers: { 'Retry-After': '2' } }))
      expect(await failure(api.room())).toMatchObject({ code: `http-${status}`, status: 0, retryable: true, retryAfterMs: 2_000 })
    }
  })
})
