// Somebody with a page in a room: the app's own reducer and its own way of asking the server, over a wire that is as bad
// as it may be. What must hold at every step is looked at here; what is found goes into `broken`.
import type { Call, PeerId } from '../../protocol/types'
import { Calls } from '../calls'
import { Remaking } from '../remaking'
import { activeCallOf, next, nothing, type CallEvent, type CallState } from '../state'
import type { Reader, RoomEvent, StrictRoom } from './strict-room'
import { Wire, type Badness } from './wire'

let lastId = 0

export class StrictPerson {
  readonly #peer: PeerId
  readonly #room: StrictRoom
  readonly #wire: Wire
  readonly #broken: string[]
  readonly #onChange: (state: CallState) => void
  readonly #aborter = new AbortController()
  readonly calls: Calls
  readonly #remaking: Remaking
  state: CallState = nothing
  #closed = false
  #reader: Reader | null = null
  #at: RoomEvent['at'] | null = null
  /** Every `call` event and answer that came so far. */
  readonly #heard: Call[] = []

  constructor(peer: PeerId, room: StrictRoom, badness: Badness, broken: string[], onChange: (state: CallState) => void) {
    this.#peer = peer
    this.#room = room
    this.#wire = new Wire(room.time, badness)
    this.#broken = broken
    this.#onChange = onChange
    const request = (deed: () => Call) => this.#wire.request(deed)
    const { signal } = this.#aborter
    this.calls = new Calls({
      api: {
        startCall: (asked) => request(() => room.start(peer, asked)),
        getCall: (id) => request(() => room.get(id)),
        accept: (id) => request(() => room.act(id, { type: 'accept', peer })),
        decline: (id, reason) => request(() => room.act(id, { type: 'decline', peer, reason })),
        hangup: (id, reason) => request(() => room.act(id, { type: 'hangup', peer, reason })),
      },
      clock: room.time,
      uuid: () => `call-${++lastId}`,
      state: () => this.state,
      dispatch: (event) => this.dispatch(event),
      capture: async () => {
        await room.time.wait(room.time.upTo(2_000))
        return room.time.chance(0.1) ? { code: 'camera-denied', ways: [] } : null
      },
      fail: () => undefined,
    }, signal)
    this.#remaking = new Remaking({
      clock: room.time,
      calls: this.calls,
      state: () => this.state,
      dispatch: (event) => this.dispatch(event),
      isPresent: (other) => room.isPresent(other),
      online: () => true,
    }, signal)
    void this.#enter()
  }

  get entered(): boolean {
    return this.#at !== null
  }

  close(): void {
    this.#closed = true
    this.#aborter.abort()
    this.#reader?.close()
  }

  mend(): void {
    this.#wire.mend()
  }

  /** The stream breaks. With `gap` the position is lost with it. */
  cut(gap: boolean): void {
    if (!this.#at || this.#closed) return
    this.#subscribe(gap ? null : this.#at)
  }

  /** An answer, or an event of a stream that goes on elsewhere, comes once more. */
  repeat(): void {
    const call = this.#heard[this.#room.time.upTo(this.#heard.length - 1)]
    if (!call || this.#closed) return
    const before = this.state
    this.dispatch({ type: 'call', call })
    this.#expectSame(before, `a repeat of ${nameOf(call)} changed something`)
  }

  dispatch(event: CallEvent): void {
    if (this.#closed) return
    const before = this.state
    this.state = next(before, event)
    if (event.type === 'call') this.#heard.push(event.call)
    if (isBack(before.call, this.state.call)) this.#broken.push(`${this.#peer} went back from ${nameOf(before.call)} to ${nameOf(this.state.call)}`)
    if (event.type === 'call' || event.type === 'hello') this.#expectSame(next(this.state, event), `${event.type} twice is not ${event.type} once`)
    // As the page does after everything that happens: media comes and goes with the connections.
    this.#onChange(this.state)
    this.state = next(this.state, { type: 'media', media: activeCallOf(this.state) ? 'flowing' : 'none' })
    this.#onChange(this.state)
    this.#remaking.look()
  }

  async #enter(): Promise<void> {
    const { call, at } = await this.#wire.insist(() => {
      if (!this.#closed) this.#room.sit(this.#peer)
      return { call: this.#room.call, at: this.#room.at }
    })
    this.dispatch({ type: 'hello', self: this.#peer, call })
    this.#at = at
    this.#subscribe(at)
  }

  #subscribe(after: RoomEvent['at'] | null): void {
    if (this.#closed) return
    this.#reader?.close()
    const reader: Reader = this.#room.subscribe(this.#peer, after, (event) => this.#wire.deliver(() => {
      if (this.#reader === reader) this.#hear(event)
    }))
    this.#reader = reader
  }

  #hear(event: RoomEvent): void {
    if (this.#closed) return
    this.#at = event.at
    if (event.type === 'message') return
    this.dispatch(event.type === 'call' ? event : { type: 'hello', self: this.#peer, call: event.call })
    void this.calls.reconcile()
    if (event.type === 'hello' && !event.call) void this.calls.verify(event.restarted)
  }

  #expectSame(state: CallState, complaint: string): void {
    if (JSON.stringify(state) !== JSON.stringify(this.state)) this.#broken.push(`${this.#peer}: ${complaint}`)
  }
}

function isBack(before: Call | null, after: Call | null): boolean {
  if (!before || !after) return before !== null
  return before.createdAt === after.createdAt ? after.revision < before.revision : after.createdAt < before.createdAt
}

function nameOf(call: Call | null): string {
  return call ? `${call.id} ${call.state} (${call.revision})` : 'nothing'
}
