// What is made of a browser's candidates and errors; e2e/strangers.test.ts has the relays that cause them.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../protocol/clock'
import { lookAtStun, lookAtTurn } from './relays'
import type { Tools } from './tools'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

type Told = { errorCode: number, errorText: string } | 'relay' | 'srflx' | 'host' | 'host over TCP'

/** A connection that gathers what it is told to, and never connects. After so many ms; Infinity: it never begins. */
function gathering(told: readonly Told[], afterMs = 100): Tools {
  const create = () => {
    const pc = {
      iceGatheringState: 'new' as RTCIceGatheringState,
      createDataChannel: () => ({}), close: () => undefined, addIceCandidate: () => Promise.resolve(), setRemoteDescription: () => Promise.resolve(),
      setLocalDescription: () => {
        if (afterMs === Infinity) return Promise.resolve()
        pc.iceGatheringState = 'gathering'
        setTimeout(() => {
          for (const each of told) {
            if (typeof each === 'string') pc.onicecandidate({ candidate: { candidate: 'candidate:1', type: each.split(' ')[0], protocol: each.endsWith('TCP') ? 'tcp' : 'udp' } })
            else pc.onicecandidateerror(each)
          }
          pc.iceGatheringState = 'complete'
          pc.onicecandidate({ candidate: null })
        }, afterMs)
        return Promise.resolve()
      },
      onicecandidate: (_: unknown): void => undefined, onicecandidateerror: (_: unknown): void => undefined,
    }
    return pc as unknown as RTCPeerConnection
  }
  return { clock: systemClock, fetch, createPeerConnection: create, patienceMs: 5_000, signal: new AbortController().signal, openEventSource: () => { throw new Error('not asked for') } }
}

const error = (errorCode: number, errorText = 'in words') => ({ errorCode, errorText })

test.each<[string, readonly Told[], object, number?]>([
  ['silence', [error(701, 'TURN allocate request timed out.')], { reason: 'no-candidate', code: 0 }],
  ['a refusal', [error(486)], { reason: 'refusal', code: 486 }],
  ['the least code', [error(300)], { reason: 'refusal', code: 300 }],
  ['the greatest code', [error(699)], { reason: 'refusal', code: 699 }],
  ['a refusal at one address, silence at another', [error(508), error(701)], { reason: 'refusal', code: 508 }],
  ['a browser that says nothing in words', [error(701, '')], { reason: 'unexplained' }],
  ['nothing, after a while', [], { reason: 'no-candidate' }, 4_000],
  ['nothing, at once', [], { reason: 'browser-forbids' }],
  ['a browser that does not even begin', [], { reason: 'browser-forbids' }, Infinity],
  ['a relay that passes nothing on', ['relay'], { reason: 'no-packet' }],
  ['a relay that refuses one of the two', ['relay', error(486)], { reason: 'refusal', code: 486 }],
])('TURN: %s', async (_, told, failure, afterMs) => {
  const found = lookAtTurn(gathering(told, afterMs), 'turn-udp', { urls: 'turn:call.example.org' }).catch((caught: unknown) => caught)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await found).toMatchObject(failure)
})

test('TURN over TCP that comes to nothing at once is not the browser’s doing', async () => {
  const found = lookAtTurn(gathering([]), 'turn-tcp', { urls: 'turn:call.example.org?transport=tcp' }).catch((caught: unknown) => caught)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await found).toMatchObject({ reason: 'no-candidate' })
})

test.each<[string, readonly Told[], object, number?]>([
  ['an address', ['host', 'srflx'], { state: 'works' }],
  ['no NAT', ['host', 'host over TCP'], { state: 'works' }],
  ['no answer, after a while', ['host', 'host over TCP'], { reason: 'no-answer' }, 4_000],
  ['a browser without UDP', ['host over TCP'], { reason: 'browser-forbids' }],
  ['a browser without anything', [], { reason: 'browser-forbids' }],
  ['a browser that does not even begin', [], { reason: 'browser-forbids' }, Infinity],
  ['a browser that shows no host, and no answer', [], { reason: 'no-answer' }, 4_000],
  ['silence', [error(701)], { reason: 'no-answer' }],
  ['a refusal', [error(403)], { reason: 'refusal', code: 403 }],
  ['an address, and silence from another', ['srflx', error(701)], { state: 'works' }],
])('STUN: %s', async (_, told, result, afterMs) => {
  const found = lookAtStun(gathering(told, afterMs), 'stun:call.example.org').catch((caught: unknown) => caught)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await found).toMatchObject(result)
})
