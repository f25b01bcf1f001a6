// One room of the server: its call, its log in one order, its readers. Requests take effect at once; how long they and
// the events are on their way is the business of Wire.
import { ApiProblem } from '../../protocol/api'
import type { Call, CallId, Outgoing, PeerId } from '../../protocol/types'
import { apply, begin, Refused, type Action, type CallRecord } from './call-machine'
import type { VirtualTime } from './virtual-time'

/** A place in the order; one from before a restart without a journal is worth nothing. */
export interface Position { readonly epoch: number, readonly last: number }

type Hello = { type: 'hello', call: Call | null, resumed: boolean, restarted: boolean }
type Said = { type: 'call', call: Call } | { type: 'message', from: PeerId, to: PeerId, message: Outgoing }
type Stored = Said & { readonly at: Position }

/** `at`: where the stream goes on from after it. */
export type RoomEvent = (Hello | Said) & { readonly at: Position }

const ringTimeoutMs = 45_000

export class StrictRoom {
  readonly time: VirtualTime
  readonly capacity: number
  readonly #present = new Set<PeerId>()
  readonly #calls = new Map<CallId, CallRecord>()
  readonly #posted = new Set<string>()
  readonly #readers = new Set<Reader>()
  #current: CallId | null = null
  #log: Stored[] = []
  #at: Position = { epoch: 0, last: 0 }

  constructor(time: VirtualTime, capacity: number) {
    this.time = time
    this.capacity = capacity
  }

  /** The call that rings or is on. */
  get call(): Call | null {
    return this.#calls.get(this.#current ?? '')?.call ?? null
  }

  get at(): Position {
    return this.#at
  }

  find(id: CallId): Call | null {
    return this.#calls.get(id)?.call ?? null
  }

  get(id: CallId): Call {
    const call = this.find(id)
    if (!call) throw problem(404, 'call-not-found')
    return call
  }

  /** `to`: whom it rings; everybody, where it is left out. */
  start(caller: PeerId, { id, video, to }: { id: CallId, video: boolean, to?: readonly PeerId[] }): Call {
    const known = this.#calls.get(id)
    if (known?.call.caller === caller) return known.call
    if (known?.call.state === 'ended') throw problem(400, 'invalid-input')
    if (this.call) throw problem(409, 'call-exists', this.call)
    if (to?.some((peer) => !this.#present.has(peer))) throw problem(409, 'peer-away')
    this.#current = id
    const record = begin({ id, caller, invited: to ?? [...this.#present], open: !to, video, capacity: this.capacity, nowMs: this.time.now() })
    this.#keep(record)
    this.time.after(ringTimeoutMs, () => {
      if (this.find(id)?.createdAt === record.call.createdAt) this.act(id, { type: 'timeout' })
    })
    return record.call
  }

  act(id: CallId, action: Action): Call {
    const before = this.#calls.get(id)
    if (!before) throw problem(404, 'call-not-found')
    try {
      const after = apply(before, action, this.time.now())
      if (after !== before) this.#keep(after)
    } catch (error) {
      throw error instanceof Refused ? problem(error.code.startsWith('call') ? 409 : 403, error.code) : error
    }
    return this.get(id)
  }

  /** Each message once, by its id. */
  post(from: PeerId, messages: readonly Outgoing[]): void {
    for (const message of messages) {
      if (this.#posted.has(message.id)) continue
      this.#posted.add(message.id)
      this.#append({ type: 'message', from, to: message.to, message })
    }
  }

  isPresent(peer: PeerId): boolean {
    return this.#present.has(peer)
  }

  sit(peer: PeerId): void {
    if (this.#present.has(peer)) return
    this.#present.add(peer)
    if (this.call) this.act(this.call.id, { type: 'arrived', peer })
  }

  rise(peer: PeerId, expired: boolean): void {
    this.#present.delete(peer)
    if (this.call) this.act(this.call.id, { type: 'gone', peer, expired })
  }

  /** Killed, and started again without a journal. Who comes back is seated again. */
  forget(): void {
    this.#calls.clear()
    this.#present.clear()
    this.#current = null
    this.#log = []
    this.#at = { epoch: this.#at.epoch + 1, last: 0 }
    for (const reader of this.#readers) reader.close()
  }

  /** After a position of this room, or, without one, from now on. */
  subscribe(peer: PeerId, after: Position | null, deliver: (event: RoomEvent) => void): Reader {
    this.sit(peer)
    const resumed = after !== null && after.epoch === this.#at.epoch
    const at = resumed ? after : this.#at
    const reader = new Reader(this.#readers, peer, deliver, at)
    deliver({ type: 'hello', call: this.call, resumed, restarted: after !== null && !resumed, at })
    for (const stored of this.#log) reader.take(stored)
    return reader
  }

  #keep(record: CallRecord): void {
    this.#calls.set(record.call.id, record)
    if (record.call.state === 'ended') this.#current = null
    this.#append({ type: 'call', call: record.call })
  }

  #append(said: Said): void {
    this.#at = { ...this.#at, last: this.#at.last + 1 }
    const stored = { ...said, at: this.#at }
    this.#log.push(stored)
    for (const reader of this.#readers) reader.take(stored)
  }
}

export class Reader {
  readonly #all: Set<Reader>
  readonly #peer: PeerId
  readonly #deliver: (event: RoomEvent) => void
  #at: Position

  constructor(all: Set<Reader>, peer: PeerId, deliver: (event: RoomEvent) => void, at: Position) {
    this.#all = all
    this.#peer = peer
    this.#deliver = deliver
    this.#at = at
    all.add(this)
  }

  take(stored: Stored): void {
    if (stored.at.last <= this.#at.last) return
    this.#at = stored.at
    if (stored.type === 'call' || stored.to === this.#peer) this.#deliver(stored)
  }

  close(): void {
    this.#all.delete(this)
  }
}

function problem(status: number, code: string, call: Call | null = null): ApiProblem {
  return new ApiProblem({ code, status, retryable: code === 'peer-away', call })
}
