import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { decode, decodeText } from './decode'

const peer = { id: 'p1', name: 'Ana', media: { audio: true, video: false, screen: false }, joinedAt: '2026-03-01T09:30:00.125Z' }
const call = {
  id: 'c1', room: 'family', revision: 2, state: 'active', video: true, caller: 'p1',
  invited: [{ peer: 'p2', state: 'accepted' }], participants: ['p1', 'p2'], createdAt: '2026-03-01T09:30:00.125Z',
}
const head = { id: 'e-1', room: 'family', at: '2026-03-01T09:30:01.000Z' }
const quiet = () => undefined

describe('what the contract has', () => {
  test('hello, with the call and the reason for a gap', () => {
    const data = { peer, peers: [peer], call, lastEventId: 'e-0', heartbeatSeconds: 10, resumed: false, reason: 'gap' }
    expect(decode({ type: 'hello', room: 'family', at: head.at, data })).toEqual({ type: 'hello', at: head.at, ...data })
  })

  test('hello of a quiet room has no call', () => {
    const data = { peer, peers: [peer], call: null, lastEventId: 'e-0', heartbeatSeconds: 10, resumed: true }
    expect(decode({ type: 'hello', data })).toEqual({ type: 'hello', ...data })
  })

  test.each(['peer-joined', 'peer-updated'])('%s', (type) => {
    expect(decode({ ...head, type, data: peer })).toEqual({ type, id: 'e-1', at: head.at, peer })
  })

  test('peer-left says why', () => {
    expect(decode({ ...head, type: 'peer-left', data: { ...peer, reason: 'expired' } })).toEqual({ type: 'peer-left', id: 'e-1', at: head.at, peer, reason: 'expired' })
  })

  test('call', () => {
    expect(decode({ ...head, type: 'call', data: call })).toEqual({ type: 'call', id: 'e-1', at: head.at, call })
  })

  test('goodbye, and one for a reason of the future', () => {
    expect(decode({ type: 'goodbye', data: { reason: 'replaced', retryAfterMs: 0 } })).toEqual({ type: 'goodbye', reason: 'replaced', retryAfterMs: 0 })
    expect(decode({ type: 'goodbye', data: { reason: 'moved', retryAfterMs: 20 } })).toEqual({ type: 'goodbye', reason: 'unknown', retryAfterMs: 20 })
  })

  test('offer, with the connection it speaks for', () => {
    const data = { type: 'offer', sdp: 'v=0\r\n', connection: 'x', toConnection: 'y', more: 1 }
    expect(decode({ ...head, type: 'offer', from: 'p2', call: 'c1', data })).toEqual({
      type: 'offer', id: 'e-1', at: head.at, from: 'p2', call: 'c1', description: { type: 'offer', sdp: 'v=0\r\n' }, connection: 'x', toConnection: 'y',
    })
  })

  test('answer of a program that knows nothing of connections or calls', () => {
    expect(decode({ ...head, type: 'answer', from: 'p2', data: { type: 'answer', sdp: 's' } })).toEqual({
      type: 'answer', id: 'e-1', at: head.at, from: 'p2', call: null, description: { type: 'answer', sdp: 's' },
    })
  })

  test('candidate, and the empty one that ends a generation', () => {
    const full = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'aB3x' }
    expect(decode({ ...head, type: 'candidate', from: 'p2', data: full })).toMatchObject({ candidate: full })
    expect(decode({ ...head, type: 'candidate', from: 'p2', data: { candidate: '' } }))
      .toMatchObject({ candidate: { candidate: '', sdpMid: null, sdpMLineIndex: null, usernameFragment: null } })
  })

  test('a word of somebody’s own', () => {
    expect(decode({ ...head, type: 'ready', from: 'p2', call: 'c1', data: 7 })).toEqual({ type: 'other', word: 'ready', id: 'e-1', at: head.at, from: 'p2', call: 'c1', data: 7 })
  })
})

describe('what is dropped, with a line in the debug log', () => {
  test.each<[string, unknown]>([
    ['no object', 'hello'],
    ['no type', { id: 'e-1' }],
    ['an event without its id', { type: 'call', data: call }],
    ['an empty id', { ...head, id: '', type: 'call', data: call }],
    ['a call in a state nobody knows', { ...head, type: 'call', data: { ...call, state: 'paused' } }],
    ['a call without participants that are ids', { ...head, type: 'call', data: { ...call, participants: [1] } }],
    ['an offer that is an answer', { ...head, type: 'offer', from: 'p2', data: { type: 'answer', sdp: '' } }],
    ['an offer from nobody', { ...head, type: 'offer', data: { type: 'offer', sdp: '' } }],
    ['a candidate that is null', { ...head, type: 'candidate', from: 'p2', data: null }],
    ['a hello without a position', { type: 'hello', data: { peer, peers: [], call: null, heartbeatSeconds: 10, resumed: true } }],
  ])('%s', (_, raw) => {
    const log = vi.fn()
    expect(decode(raw, log)).toBeNull()
    expect(log).toHaveBeenCalledOnce()
  })

  test('text that is not JSON', () => {
    expect(decodeText('{"type":', quiet)).toBeNull()
  })

  test('the log never sees what a message said', () => {
    const log = vi.fn()
    decodeText(JSON.stringify({ ...head, type: 'offer', from: 'p2', data: { type: 'offer', sdp: { secret: 'a=ice-pwd:hush' } } }), log)
    expect(JSON.stringify(log.mock.calls)).not.toContain('hush')
  })
})

test('nothing makes it throw', () => {
  const types = ['hello', 'goodbye', 'peer-left', 'call', 'offer', 'candidate', 'x']
  fc.assert(fc.property(fc.anything(), fc.constantFrom(...types), fc.anything(), (raw, type, data) => {
    decode(raw, quiet)
    decode({ ...head, from: 'p', type, data }, quiet)
    decode({ ...head, from: 'p', type, data: { ...call, ...(typeof data === 'object' ? data : {}) } }, quiet)
  }))
})
