// What a checkup leaves behind when whoever looks goes away, or looks again: nothing.
import { expect, test, vi } from 'vitest'
import type { Environment } from '../call/environment'
import { systemClock } from '../protocol/clock'
import { Checkup } from './checkup'

/** A network that answers the first questions, and is silent after that; `open` has what still waits for an answer. */
class Silence {
  readonly open = new Set<object>()
  readonly asked: string[] = []
  joins = (): Promise<void> => Promise.resolve()

  get environment(): Environment {
    return {
      clock: systemClock, isSecureContext: true, mediaDevices: null, uuid: () => 'edelweiss',
      fetch: (path, init = {}) => this.#answer(String(path), init),
      openEventSource: () => this.#opened(Object.assign(new EventTarget(), { readyState: 0 })),
      createPeerConnection: () => this.#opened({
        createDataChannel: () => ({}), setLocalDescription: () => Promise.resolve(), setRemoteDescription: () => Promise.resolve(), addIceCandidate: () => Promise.resolve(), iceGatheringState: 'gathering',
      }) as unknown as RTCPeerConnection,
    } satisfies Partial<Environment> as unknown as Environment
  }

  async #answer(path: string, { method = 'GET', signal }: RequestInit): Promise<Response> {
    this.asked.push(`${method} ${path}`)
    if (path === '/api/v1/doctor') return Response.json(greeting)
    if (path.endsWith('/peers')) return this.joins().then(() => Response.json(joined, { status: 201 }))
    if (method === 'DELETE') return new Response(null, { status: 204 })
    const question = this.#opened({})
    return new Promise((_, reject) => signal?.addEventListener('abort', () => {
      question.close()
      reject(new DOMException('over', 'AbortError'))
    }))
  }

  #opened<T extends object>(thing: T): T & { close(): void } {
    const opened = Object.assign(thing, { close: () => void this.open.delete(opened) })
    this.open.add(opened)
    return opened
  }
}

const urls = [{ way: 'stun-udp', url: 'stun:call.test:443' }, { way: 'turn-udp', url: 'turn:call.test:443?transport=udp' }, { way: 'turn-tls', url: 'turns:call.test:443?transport=tcp' }]
const greeting = {
  version: 'v1', at: new Date().toISOString(), client: { address: '192.0.2.7' }, request: { scheme: 'https', host: 'call.test', forwardingHeaders: [] }, tlsMode: 'auto', relay: { state: 'inside', urls },
}
const peer = { id: 'p1', name: '', media: { audio: false, video: false, screen: false }, joinedAt: new Date().toISOString() }
const joined = {
  peer, peers: [peer], token: 'token', streamToken: 'stream', tokenExpiresAt: new Date().toISOString(), call: null, lastEventId: '1-0', leaseSeconds: 30, heartbeatSeconds: 10,
  iceServers: [{ urls: urls.map(({ url }) => url), username: 'u', credential: 'c' }],
}
const leaves = 'DELETE /api/v1/rooms/check-edelweiss/peers/p1'

test('whoever leaves the page stops all of it, and the seat is given back', async () => {
  const network = new Silence()
  const told = vi.fn()
  const checkup = new Checkup(network.environment, told)
  const run = checkup.run()
  // The event stream, two questions, a connection for STUN, and two for each relay.
  await vi.waitFor(() => expect(network.open.size).toBe(8))
  told.mockClear()
  checkup.dispose()
  expect(network.open.size).toBe(0)
  await run
  expect(network.asked).toContain(leaves)
  expect(network.asked.filter((line) => line === 'GET /api/v1/doctor'), 'nothing is asked after that').toHaveLength(2)
  expect(told).not.toHaveBeenCalled()
})

test('a seat that comes after that is given back, too, and nothing is begun with it', async () => {
  const network = new Silence()
  let join = (): void => undefined
  network.joins = () => new Promise((resolve) => { join = resolve })
  const checkup = new Checkup(network.environment, () => undefined)
  const run = checkup.run()
  await vi.waitFor(() => expect(network.open.size).toBe(3))
  checkup.dispose()
  join()
  await run
  expect(network.asked.at(-1)).toBe(leaves)
  expect(network.open.size).toBe(0)
})
