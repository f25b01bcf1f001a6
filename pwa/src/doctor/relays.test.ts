// What is made of a browser's candidates and errors; e2e/strangers.test.ts has the relays that cause them.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../protocol/clock'
import { lookAtStun, lookAtTurn } from './relays'
import type { Tools } from './tools'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

type Told = { errorCode: number, errorText: string } | 'relay' | 'srflx'

/** A connection that gathers what it is told to, and never connects. */
function gathering(...told: readonly Told[]): Tools {
  const create = () => {
    const pc = {
      createDataChannel: () => ({}), close: () => undefined, addIceCandidate: () => Promise.resolve(), setRemoteDescription: () => Promise.resolve(),
      setLocalDescription: () => {
        setTimeout(() => {
          for (const each of told) {
            if (typeof each === 'string') pc.onicecandidate({ candidate: { candidate: 'candidate:1', type: each } })
            else pc.onicecandidateerror(each)
          }
          pc.onicecandidate({ candidate: null })
        }, 100)
        return Promise.resolve()
      },
      onicecandidate: (_: unknown): void => undefined, onicecandidateerror: (_: unknown): void => undefined,
    }
    return pc as unknown as RTCPeerConnection
  }
  return { clock: systemClock, fetch, createPeerConnection: create, patienceMs: 5_000, signal: new AbortController().signal, openEventSource: () => { throw new Error('not asked for') } }
}

const error = (errorCode: number, errorText = 'in words') => ({ errorCode, errorText })

test.each<[string, readonly Told[], object]>([
  ['silence', [error(701, 'TURN allocate request timed out.')], { reason: 'no-candidate', code: 0 }],
  ['a refusal', [error(486)], { reason: 'refusal', code: 486 }],
  ['the least code', [error(300)], { reason: 'refusal', code: 300 }],
  ['the greatest code', [error(699)], { reason: 'refusal', code: 699 }],
  ['a refusal at one address, silence at another', [error(508), error(701)], { reason: 'refusal', code: 508 }],
  ['a browser that says nothing in words', [error(701, '')], { reason: 'unexplained' }],
  ['nothing at all', [], { reason: 'no-candidate' }],
  ['a relay that passes nothing on', ['relay'], { reason: 'no-packet' }],
  ['a relay that refuses one of the two', ['relay', error(486)], { reason: 'refusal', code: 486 }],
])('TURN: %s', async (_, told, failure) => {
  const found = lookAtTurn(gathering(...told), 'turn-udp', { urls: 'turn:call.example.org' }).catch((caught: unknown) => caught)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await found).toMatchObject(failure)
})

test.each<[string, readonly Told[], object]>([
  ['an address', ['srflx'], { state: 'works' }],
  ['no NAT', [], { state: 'works' }],
  ['silence', [error(701)], { reason: 'no-answer' }],
  ['a refusal', [error(403)], { reason: 'refusal', code: 403 }],
  ['an address, and silence from another', ['srflx', error(701)], { state: 'works' }],
])('STUN: %s', async (_, told, result) => {
  const found = lookAtStun(gathering(...told), 'stun:call.example.org').catch((caught: unknown) => caught)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await found).toMatchObject(result)
})
