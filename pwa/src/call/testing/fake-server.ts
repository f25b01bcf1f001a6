// The contract's server in few lines, for tests of the session: one room, its peers, its call, its events.
import type { Call, Peer } from '../../protocol/types'

type Json = Record<string, unknown>
interface Event { id: string, type: string, from?: string, to?: string, call?: string, data: unknown }

export class FakeSource extends EventTarget {
  readyState = 0
  close(): void {
    this.readyState = 2
  }

  /** The connection breaks. */
  cut(): void {
    this.readyState = 0
    this.dispatchEvent(new globalThis.Event('error'))
  }

  say(type: string, data: unknown, more: object = {}): void {
    if (this.readyState !== 2) this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify({ type, room: 'r', data, ...more }) }))
  }
}

class Refusal extends Error {
  readonly status: number
  readonly body: Json
  constructor(status: number, code: string, more: Json = {}) {
    super(code)
    this.status = status
    this.body = { code, retryable: status >= 429, ...more }
  }
}

export class FakeServer {
  readonly peers = new Map<string, Peer>()
  readonly streams = new Map<string, FakeSource>()
  readonly requests: string[] = []
  call: Call | null = null
  /** That peers are given. */
  iceServers: readonly RTCIceServer[] = []
  capacity = 2
  /** How far the server's clock is ahead of the tabs'. */
  aheadMs = 0
  /** Messages of these types reach nobody. */
  readonly lost = new Set<string>()
  /** No request gets through. */
  down = false
  /** Nothing new of these peers gets through. */
  readonly cutOff = new Set<string>()
  /** No request is answered. */
  frozen = false
  /** Somebody on the way holds streams by GET back, and will not have those by POST. */
  holdsStreams = false
  /** A proxy's own answers to the next requests, by status. */
  readonly pages: number[] = []
  /** How many streams by GET there were. */
  opened = 0
  /** Answered to the next request whose line contains the key, before anything happens. */
  readonly refuseNext = new Map<string, [number, string]>()
  #log: Event[] = []
  #last = 0
  #epoch = 'e'
  /** Whose tokens are good although nothing else is known of them any more. */
  readonly #former = new Map<string, Peer>()
  /** Whether the call rings whoever joins. */
  #open = true
  /** Long-polls that wait. */
  readonly #waiting = new Set<() => void>()

  fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    await new Promise((resolve) => setTimeout(resolve, 1))
    const path = String(input).replace('/api/v1', '')
    const line = `${init?.method ?? 'GET'} ${path}`
    this.requests.push(line)
    const token = new Headers(init?.headers).get('Authorization')?.replace('Bearer ', '') ?? null
    if (this.down || this.cutOff.has(token ?? '')) throw new TypeError('failed to fetch')
    if (this.frozen) await new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError'))))
    const page = this.pages.shift()
    if (page) return new Response('<html>', { status: page })
    const epoch = this.#epoch
    try {
      for (const [part, [status, code]] of this.refuseNext) {
        if (line.includes(part) && this.refuseNext.delete(part)) throw new Refusal(status, code)
      }
      const body = (init?.body ? JSON.parse(String(init.body)) : {}) as Json
      const answer = await this.#answer(line, token, body)
      if (epoch !== this.#epoch) throw new TypeError('failed to fetch')
      return answer === null ? new Response(null, { status: 204 }) : new Response(JSON.stringify(answer))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return new Response(JSON.stringify(error.body), { status: error.status })
    }
  }

  openEventSource = (url: string): FakeSource => {
    const query = new URLSearchParams(url.split('?')[1])
    const peer = query.get('access_token')!.replace('stream-', '')
    const source = new FakeSource()
    this.opened++
    setTimeout(() => this.#attach(peer, source, query.get('lastEventId') ?? ''), 1)
    return source
  }

  /** For tests: as if a call had been changed by somebody's request. */
  change(call: Partial<Call>): void {
    this.call = { ...this.call!, ...call, revision: this.call!.revision + 1 }
    this.#tell({ type: 'call', data: this.call })
  }

  /** Killed, and started again without a journal. Of people it knows their tokens, and of everything else nothing. */
  restart(): void {
    for (const [id, peer] of this.peers) this.#former.set(id, { ...peer, media: { audio: false, video: false, screen: false } })
    this.peers.clear()
    this.call = null
    this.#log = []
    this.#last = 0
    this.#epoch += 'e'
    this.#wake()
    const cut = [...this.streams.values()]
    this.streams.clear()
    for (const source of cut) if (source.readyState !== 2) source.cut()
  }

  #attach(peer: string, source: FakeSource, lastEventId: string): void {
    if (source.readyState === 2 || this.holdsStreams) return
    if (this.cutOff.has(peer)) return source.cut()
    const self = this.#seated(peer)
    if (!self) {
      source.readyState = 2
      return void source.dispatchEvent(new globalThis.Event('error'))
    }
    this.streams.get(peer)?.say('goodbye', { reason: 'replaced', retryAfterMs: 0 })
    this.streams.set(peer, source)
    source.readyState = 1
    source.say('hello', this.#hello(self, lastEventId), { at: this.#now() })
    for (const event of this.#after(lastEventId)) this.#deliver(event, peer)
    this.#beat(source)
  }

  #beat(source: FakeSource): void {
    if (source.readyState === 2) return
    setTimeout(() => {
      source.say('heartbeat', { at: this.#now() }, { at: this.#now() })
      this.#beat(source)
    }, 10_000)
  }

  #hello(peer: Peer, position: string): Json {
    const resumed = this.#knows(position)
    const lastEventId = resumed ? position : this.#position
    return { peer, peers: [...this.peers.values()], call: this.#present(), lastEventId, heartbeatSeconds: 10, resumed, ...(!resumed && { reason: 'restart' }) }
  }

  get #position(): string {
    return `${this.#epoch}-${this.#last}`
  }

  #knows(position: string): boolean {
    return position.split('-')[0] === this.#epoch
  }

  #after(lastEventId: string): Event[] {
    return this.#knows(lastEventId) ? this.#log.slice(this.#log.findIndex(({ id }) => id === lastEventId) + 1) : []
  }

  async #poll(peer: string, query: URLSearchParams): Promise<unknown> {
    const position = query.get('lastEventId') ?? ''
    if (!this.#knows(position)) return { events: [{ type: 'hello', room: 'r', data: this.#hello(this.#seated(peer)!, position) }], lastEventId: this.#position, at: this.#now() }
    const news = () => this.#after(position).filter((event) => isFor(event, peer))
    const waitMs = Number(query.get('waitSeconds') ?? 25) * 1_000
    if (news().length === 0 && waitMs > 0) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve)
        setTimeout(resolve, waitMs)
      })
    }
    return { events: news().map((event) => ({ room: 'r', at: this.#now(), ...event })), lastEventId: this.#position, at: this.#now() }
  }

  #now(): string {
    return new Date(Date.now() + this.aheadMs).toISOString()
  }

  #present(): Call | null {
    return this.call?.state === 'ended' ? null : this.call
  }

  #tell(event: Omit<Event, 'id'>): void {
    this.#last++
    const stored = { ...event, id: this.#position }
    this.#log.push(stored)
    for (const peer of this.streams.keys()) setTimeout(() => this.#deliver(stored, peer), 1)
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  #deliver(event: Event, peer: string): void {
    if (isFor(event, peer) && this.#knows(event.id)) this.streams.get(peer)?.say(event.type, event.data, { at: this.#now(), ...event })
  }

  #answer(line: string, token: string | null, body: Json): unknown {
    if (line === 'POST /rooms/r/peers') return this.#join(token, body)
    if (line === 'GET /rooms/r') return { room: 'r', callCapacity: this.capacity, passcodeRequired: false, peerCount: 0, call: null }
    const self = this.#seated(token ?? '')
    if (!self) throw new Refusal(401, 'token-revoked')
    const [method, , , , kind, id, deed] = line.split(/[ /?]/)
    if (kind === 'messages') return this.#messages(self.id, body)
    if (kind === 'peers') return this.#peer(method!, self, body)
    if (kind === 'calls' && deed) return this.#act(self.id, id!, deed, body)
    if (kind === 'calls') return method === 'POST' ? this.#start(self.id, body) : this.#known(id!)
    if (kind === 'events') return this.#poll(self.id, new URLSearchParams(line.split('?')[1]))
    return { iceServers: this.iceServers, ttlSeconds: 600 }
  }

  /** Whoever has a good token gets their seat back. */
  #seated(id: string): Peer | null {
    const former = this.#former.get(id)
    if (former && !this.peers.has(id)) this.#seat(former)
    return this.peers.get(id) ?? null
  }

  #seat(peer: Peer): void {
    this.peers.set(peer.id, peer)
    this.#tell({ type: 'peer-joined', data: peer })
    const { call } = this
    if (call?.state !== 'ringing' || !this.#open || call.caller === peer.id || call.invited.some((each) => each.peer === peer.id)) return
    this.change({ invited: [...call.invited, { peer: peer.id, state: 'ringing' }] })
  }

  #join(token: string | null, { name = '' }: Json): unknown {
    if (token && !this.#seated(token)) throw new Refusal(401, 'token-revoked')
    const id = token ?? `p${this.peers.size + 1}`
    const lastEventId = this.#position
    const peer = this.peers.get(id) ?? { id, name: String(name), media: { audio: false, video: false, screen: false }, joinedAt: `2026-03-01T09:30:0${this.peers.size}.000Z` }
    if (!this.peers.has(id)) this.#seat(peer)
    const tokens = { token: id, streamToken: `stream-${id}`, tokenExpiresAt: '2126-03-01T09:30:00.000Z' }
    return { peer, ...tokens, peers: [...this.peers.values()], call: this.#present(), iceServers: this.iceServers, lastEventId, leaseSeconds: 30, heartbeatSeconds: 10 }
  }

  #peer(method: string, self: Peer, body: Json): unknown {
    if (method === 'DELETE') {
      this.peers.delete(self.id)
      this.#former.delete(self.id)
      this.#tell({ type: 'peer-left', data: { ...self, reason: 'left' } })
      return null
    }
    const peer = { ...self, ...(body as Partial<Peer>), media: { ...self.media, ...(body['media'] as object) } }
    this.peers.set(self.id, peer)
    this.#tell({ type: 'peer-updated', data: peer })
    return peer
  }

  #messages(from: string, body: Json): unknown {
    for (const message of Array.isArray(body) ? body as Event[] : [body as unknown as Event]) {
      if (!this.lost.has(message.type)) this.#tell({ ...message, from })
    }
    return {}
  }

  #start(caller: string, { id, video, to }: Json): Call {
    if (this.call?.id === id && this.call?.caller === caller) return this.call
    if (this.#present()) throw new Refusal(409, 'call-exists', { call: this.call })
    const others = (to ?? [...this.peers.keys()].filter((peer) => peer !== caller)) as string[]
    if (others.some((peer) => !this.peers.has(peer))) throw new Refusal(409, 'peer-away', { retryable: true })
    this.#open = to === undefined
    const invited = others.map((peer) => ({ peer, state: 'ringing' as const }))
    const createdAt = this.#now()
    this.call = { id: String(id), room: 'r', revision: 0, state: 'ringing', video: video !== false, caller, invited, participants: [caller], createdAt }
    this.change({})
    return this.call
  }

  #known(id: string): Call {
    if (this.call?.id !== id) throw new Refusal(404, 'call-not-found')
    return this.call
  }

  #act(self: string, id: string, deed: string, { reason }: Json): Call {
    const { state, participants, caller, invited } = this.#known(id)
    const mark = (to: Call['invited'][number]['state']) => invited.map((each) => each.peer === self ? { ...each, state: to } : each)
    const mine = invited.find(({ peer }) => peer === self)?.state
    if (deed === 'accept') {
      if (state === 'ended') throw new Refusal(409, 'call-over')
      if (participants.includes(self)) return this.call!
      if (state === 'ringing' && !mine) throw new Refusal(403, 'not-invited')
      if (participants.length >= this.capacity) throw new Refusal(409, 'call-full')
      this.change({ state: 'active', participants: [...participants, self], invited: mark('accepted'), answeredAt: this.call!.answeredAt ?? this.#now() })
    } else if (state === 'ended') return this.call!
    else if (deed === 'decline' || mine === 'ringing') {
      const left = mark(reason === 'busy' ? 'busy' : 'declined')
      const isOver = state === 'ringing' && !left.some((each) => each.state === 'ringing')
      this.change({ invited: left, ...(isOver && { state: 'ended', reason: 'declined' }) })
    } else if (state === 'ringing' && self === caller) this.change({ state: 'ended', reason: 'cancelled' })
    else {
      const left = participants.filter((peer) => peer !== self)
      this.change({ participants: left, ...(left.length < 2 && { state: 'ended', reason: 'hangup' }) })
    }
    return this.call!
  }
}

function isFor({ to, from }: Event, peer: string): boolean {
  return (to ?? peer) === peer && from !== peer
}
