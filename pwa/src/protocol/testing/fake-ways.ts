// The three ways to a room as scripts, for tests of what stands above them.
import { decode, type StreamEvent } from '../decode'
import type { Connection, Ending, Listener, Rung, Transport } from '../transport'

const peer = { id: 'p1', name: '', media: { audio: false, video: false, screen: false }, joinedAt: '2026-03-01T09:30:00.125Z' }

/** How far the server's clock is ahead of ours. */
export const serverAheadMs = 3_600_000
export const stamp = (writtenMs = Date.now()) => new Date(writtenMs + serverAheadMs).toISOString()

/** What a server has written, as the decoder makes it. `writtenMs` is by our own clock. */
export const written = {
  hello: (lastEventId: string, more: object = {}, writtenMs?: number) => event('hello', { peer, peers: [peer], call: null, lastEventId, heartbeatSeconds: 10, resumed: true, ...more }, undefined, writtenMs),
  heartbeat: (writtenMs?: number) => event('heartbeat', {}, undefined, writtenMs),
  joined: (id: string, writtenMs?: number) => event('peer-joined', { ...peer, id: `peer-${id}` }, id, writtenMs),
  call: (id: string, call: object, writtenMs?: number) => event('call', { id: 'c1', room: 'r', revision: 1, state: 'ringing', video: true, caller: 'p1', createdAt: stamp(), ...call }, id, writtenMs),
  goodbye: (reason: string, retryAfterMs = 0) => event('goodbye', { reason, retryAfterMs }),
}

function event(type: string, data: object, id?: string, writtenMs?: number): StreamEvent {
  const decoded = decode({ type, id, room: 'r', at: stamp(writtenMs), data })
  if (!decoded) throw new Error(`no ${type}`)
  return decoded
}

/** One connection; a test says what comes on it. */
export class FakeConnection implements Connection {
  isClosed = false
  /** Nothing comes on it any more, and nobody is told so. */
  isDead = false
  /** The positions of its requests. */
  readonly positions: string[] = []
  onAsk: () => void = () => undefined
  readonly #position: () => string
  readonly #listener: Listener

  constructor(readonly rung: Rung, position: () => string, listener: Listener) {
    this.#position = position
    this.#listener = listener
    this.ask()
  }

  get lastEventId(): string {
    return this.positions.at(-1)!
  }

  /** Another request, as a long-poll makes them. */
  ask(): void {
    this.positions.push(this.#position())
    this.onAsk()
  }

  say(...events: StreamEvent[]): void {
    for (const event of events) if (!this.isClosed && !this.isDead) this.#listener.handleEvent(event)
  }

  hello(more: object = {}, lastEventId = this.lastEventId): void {
    this.say(written.hello(lastEventId, more))
  }

  joined(...ids: string[]): void {
    this.say(...ids.map((id) => written.joined(id)))
  }

  /** A long-poll's answer with these events. */
  answer(ids: readonly string[] = [], lastEventId = ids.at(-1) ?? this.lastEventId): void {
    if (this.isDead) return
    this.joined(...ids)
    if (!this.isClosed) this.#listener.handleAnswer({ from: ids.at(-1) ?? this.lastEventId, lastEventId })
    if (!this.isClosed) this.ask()
  }

  end(ending: Ending = { name: 'cut' }): void {
    if (this.isClosed || this.isDead) return
    this.isClosed = true
    this.#listener.handleEnd(ending)
  }

  close(): void {
    this.isClosed = true
  }
}

/** All connections there were, and the one of each kind that is open. */
export class FakeWays {
  readonly opened: FakeConnection[] = []
  readonly transports = { 'sse': this.#transport('sse'), 'post-stream': this.#transport('post-stream'), 'long-poll': this.#transport('long-poll') }
  /** Called with every connection that is opened, for servers that answer by themselves. */
  onOpen: (connection: FakeConnection) => void = () => undefined

  /** Throws where none of this rung is open. */
  at(rung: Rung): FakeConnection {
    const found = this.open.find((connection) => connection.rung === rung)
    if (!found) throw new Error(`no ${rung} is open`)
    return found
  }

  get open(): FakeConnection[] {
    return this.opened.filter(({ isClosed }) => !isClosed)
  }

  /** What is open, by rung. */
  get rungs(): Rung[] {
    return this.open.map(({ rung }) => rung)
  }

  /** How many connections of this rung there were. */
  count(rung: Rung): number {
    return this.opened.filter((connection) => connection.rung === rung).length
  }

  #transport(rung: Rung): Transport {
    return {
      rung,
      open: (position, listener) => {
        const connection = new FakeConnection(rung, position, listener)
        this.opened.push(connection)
        this.onOpen(connection)
        return connection
      },
    }
  }
}
