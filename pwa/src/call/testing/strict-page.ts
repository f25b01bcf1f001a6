// A page in a call as far as its connections go: the app's reducer says which call that is, its conference negotiates,
// its outbox posts, all over a wire. The other half of the way, from the person to the call, is strict-person.ts.
import { decode } from '../../protocol/decode'
import { Outbox } from '../../protocol/outbox'
import type { Call, CallId, PeerId } from '../../protocol/types'
import { Conference } from '../conference'
import type { Environment } from '../environment'
import { IceServers } from '../ice'
import type { Remote } from '../remote'
import { activeCallOf, next, nothing, type CallEvent, type CallState } from '../state'
import { FakeStream, FakeTrack } from './fake-media'
import type { Network } from './strict-network'
import { StrictPc } from './strict-pc'
import type { Kind } from './strict-sdp'
import type { Reader, RoomEvent, StrictRoom } from './strict-room'
import { Wire, type Badness } from './wire'

export type Wanted = Record<Kind, FakeTrack | null>

export interface Surroundings {
  readonly room: StrictRoom
  readonly network: Network
  readonly badness: Badness
  /** Whether the app may mend what carries no media. Without it negotiation has to come to an end by itself. */
  readonly mends: boolean
  /** Whether somebody's page says that it captures anything. */
  sends(peer: PeerId): boolean
  readonly broken: string[]
}

let lastId = 0

export class StrictPage {
  readonly peer: PeerId
  readonly pcs: StrictPc[] = []
  /** What we capture. */
  wanted: Wanted
  readonly #surroundings: Surroundings
  readonly #wire: Wire
  readonly #outbox: Outbox
  readonly #conference: Conference
  /** What the seat keeps of the call for a reload. */
  #remembered: CallId | null
  #state: CallState = nothing
  #reader: Reader | null = null
  #at: RoomEvent['at'] | null = null
  #closed = false

  constructor(peer: PeerId, surroundings: Surroundings, before: StrictPage | null) {
    const { room, badness } = surroundings
    this.peer = peer
    this.#surroundings = surroundings
    this.#wire = new Wire(room.time, badness)
    this.wanted = before?.wanted ?? { audio: new FakeTrack('audio'), video: new FakeTrack('video') }
    this.#outbox = new Outbox({
      clock: room.time,
      uuid: () => `message-${++lastId}`,
      post: (messages) => this.#wire.request(() => { room.post(peer, messages) }),
    })
    this.#conference = this.#makeConference()
    this.#remembered = before === null ? null : before.#remembered
    if (this.#remembered) this.#conference.wasIn(this.#remembered)
    void this.#enter()
  }

  /** The call that we have connections for. */
  get call(): CallId | null {
    return this.#conference.call
  }

  /** Somebody else in it. */
  remote(peer: PeerId): Remote | null {
    return this.#conference.remotes.find((remote) => remote.peer === peer) ?? null
  }

  /** The connection to somebody, as it is now. */
  pc(peer: PeerId): StrictPc | null {
    return (this.remote(peer)?.pc ?? null) as StrictPc | null
  }

  /** The page is closed, or reloaded, without a word. */
  close(): void {
    this.#closed = true
    this.#reader?.close()
    this.#outbox.close()
    this.#conference.follow(null, this.peer)
  }

  mend(): void {
    this.#wire.mend()
  }

  /** The stream breaks. With `gap` the position is lost with it, and whatever came after that. */
  cut(gap: boolean): void {
    if (this.#at) this.#subscribe(gap ? null : this.#at)
  }

  setWanted(kind: Kind, on: boolean): void {
    this.wanted = { ...this.wanted, [kind]: on ? new FakeTrack(kind) : null }
    this.#conference.setTracks(this.wanted as never)
  }

  /** “Reconnect”, tapped. */
  beginAfresh(): void {
    this.#conference.beginAfresh()
  }

  async hangup(): Promise<void> {
    const call = activeCallOf(this.#state)
    if (!call) return
    this.#dispatch({ type: 'hangup' })
    await this.#tell(() => this.#surroundings.room.act(call.id, { type: 'hangup', peer: this.peer, reason: 'hangup' }))
  }

  /** Into the call that is on, for the first time or once more. */
  async accept(): Promise<void> {
    const { call } = this.#state
    if (!call || call.state === 'ended' || activeCallOf(this.#state)) return
    this.#dispatch({ type: 'accept', call: call.id })
    await this.#tell(() => this.#surroundings.room.act(call.id, { type: 'accept', peer: this.peer }))
  }

  async #tell(deed: () => Call): Promise<void> {
    try {
      this.#dispatch({ type: 'call', call: await this.#wire.insist(deed) })
    } catch {
      this.#dispatch({ type: 'withdrawn' }) // refused
    }
  }

  async #enter(): Promise<void> {
    const { room } = this.#surroundings
    const { call, at } = await this.#wire.insist(() => ({ call: room.call, at: room.at }))
    if (this.#closed) return
    this.#findOurselvesIn(call)
    this.#dispatch({ type: 'hello', self: this.peer, call })
    this.#at = at
    this.#subscribe(at)
  }

  #subscribe(after: RoomEvent['at'] | null): void {
    this.#reader?.close()
    const reader: Reader = this.#surroundings.room.subscribe(this.peer, after, (event) => this.#wire.deliver(() => {
      if (this.#reader === reader && !this.#closed) this.#hear(event)
    }))
    this.#reader = reader
  }

  #hear(event: RoomEvent): void {
    this.#at = event.at
    if (event.type === 'call') return this.#dispatch(event)
    if (event.type === 'message') return this.#take(event)
    const before = this.call
    if (!event.resumed) this.#findOurselvesIn(event.call)
    this.#dispatch({ type: 'hello', self: this.peer, call: event.call })
    if (!event.resumed && before !== null && before === this.call) this.#conference.beginAfresh()
  }

  /** By a snapshot: what was said in it before is lost. */
  #findOurselvesIn(call: Call | null): void {
    if (call?.participants.includes(this.peer)) this.#conference.wasIn(call.id)
  }

  #take({ from, message: { to, call, type, data } }: RoomEvent & { type: 'message' }): void {
    const arrived = decode(JSON.parse(JSON.stringify({ id: `event-${++lastId}`, type, from, to, call, data })))
    if (arrived) this.#conference.handle(arrived)
  }

  #dispatch(event: CallEvent): void {
    if (this.#closed) return
    this.#state = next(this.#state, event)
    const call = activeCallOf(this.#state)
    this.#conference.follow(call, this.peer)
    this.#remembered = call?.id ?? null
  }

  #makeConference(): Conference {
    const { room: { time }, network, mends, sends, broken } = this.#surroundings
    const environment = {
      clock: time,
      uuid: () => `connection-${++lastId}`,
      createPeerConnection: () => {
        this.pcs.push(new StrictPc(network))
        return this.pcs.at(-1)
      },
      createStream: (tracks: readonly FakeTrack[]) => Object.assign(new FakeStream(tracks), { id: `stream-${++lastId}` }),
      log: (message: string, facts: object) => {
        if (!this.#closed && /refused/.test(message)) broken.push(`${this.peer}: ${message} ${JSON.stringify(facts)}`)
      },
    } as unknown as Environment
    const conference = new Conference({
      environment, sends,
      ice: new IceServers(time, () => Promise.resolve({ iceServers: [], ttlSeconds: 600 })),
      outbox: this.#outbox,
      tracks: () => this.wanted as never,
      timeOf: () => time.now(),
      onChange: () => undefined,
      onLost: () => undefined,
      onTrouble: () => undefined,
    })
    conference.setOnline(mends)
    return conference
  }
}
