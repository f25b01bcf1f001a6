// Being in a room: the seat, its tokens, the event stream in and the outbox out. Knows nothing of calls.
import { Api, ApiProblem } from '../protocol/api'
import { Claim } from '../protocol/claim'
import type { ServerTime } from '../protocol/clock'
import type { StreamEvent } from '../protocol/decode'
import { EventSourceTransport } from '../protocol/eventsource'
import { LongPollTransport } from '../protocol/long-poll'
import { Outbox } from '../protocol/outbox'
import { PostStreamTransport } from '../protocol/post-stream'
import { Nudge, retrying } from '../protocol/retry'
import { RungMemory } from '../protocol/rung-memory'
import { keepRenewed, SeatKeeper } from '../protocol/seat'
import { EventStream, type StreamState } from '../protocol/stream'
import type { Joined } from '../protocol/types'
import type { Environment } from './environment'
import { watchNetwork } from './network'
import type { JoinOptions, Link, Rung } from './view'

export interface MembershipOptions {
  room: string
  environment: Environment
  serverTime: ServerTime
  /** Words of the app's own that peers say to each other. */
  words: readonly string[]
  onJoined(joined: Joined): void
  onEvent(event: StreamEvent): void
  /** Also when events travel by another rung. With `gone` and a problem: why. */
  onLink(link: Link, problem: ApiProblem | null): void
}

export class Membership {
  readonly api: Api
  readonly outbox: Outbox
  readonly seats: SeatKeeper
  readonly #options: MembershipOptions
  readonly #stream: EventStream
  readonly #claim: Claim
  readonly #nudge = new Nudge()
  #link: Link = 'outside'
  #rung: Rung | null = null
  /** Ends the way in, and then token renewal of the present stay. */
  #stay = new AbortController()

  constructor(options: MembershipOptions, signal: AbortSignal) {
    const { room, environment, serverTime } = options
    const { clock, log } = environment
    this.#options = options
    this.seats = new SeatKeeper(environment.storage, room)
    this.#claim = new Claim(environment.shared, environment.uuid())
    this.api = new Api({
      fetch: environment.fetch, clock, room,
      token: () => this.seats.seat?.token ?? null,
      onShortReply: (at) => serverTime.learnShort(at),
      onCall: (call) => this.#stream.expect(call),
    })
    this.outbox = new Outbox({
      clock,
      uuid: environment.uuid,
      post: (messages, aborted) => this.api.send(messages, aborted),
      onDropped: ({ type, to }, problem) => log('outbox: the server will not take a message', { type, to, code: problem.code }),
      onRefused: (problem) => this.#lose(problem),
    })
    this.#stream = this.#makeStream()
    this.#watchPage(signal)
  }

  get link(): Link {
    return this.#link
  }

  /** By what events travel; null unless `online`. */
  get rung(): Rung | null {
    return this.#link === 'online' ? this.#rung : null
  }

  /** Takes a seat, or the one that is kept if it is still good. Throws the ApiProblem that kept us out. */
  async join({ name, passcode }: JoinOptions): Promise<void> {
    this.#become('joining')
    const signal = this.#beginStay()
    const body = { ...(name && { name }), ...(passcode && { passcode }) }
    try {
      const joined = await this.#takeSeat(body)
      if (!signal.aborted) this.#enter(joined)
    } catch (error) {
      if (signal.aborted) return
      this.#become('outside')
      throw error
    }
  }

  /**
   * Goes back to the kept seat, however long the server is out of reach. If the seat is worth nothing any more we stay
   * `outside`, to join. Throws the ApiProblem of any other refusal.
   */
  async resume(): Promise<void> {
    if (!this.seats.seat) return
    this.#claim.make(this.seats.seat.peer)
    this.#become('joining')
    const signal = this.#beginStay()
    try {
      const joined = await retrying((attempt) => this.api.join({}, attempt), { clock: this.#options.environment.clock, signal, nudge: this.#nudge })
      if (!signal.aborted) this.#enter(joined)
    } catch (error) {
      if (signal.aborted) return
      this.#become('outside')
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error
      this.seats.forget()
    }
  }

  /** From `replaced`: the other page of this seat is told what we were told. If it has left the room, we have to join. */
  async takeOver(): Promise<void> {
    if (this.#link !== 'replaced') return
    this.seats.reread()
    if (this.seats.seat) await this.resume()
    else this.#become('outside')
  }

  /** Gives the seat up for good. */
  async leave(): Promise<void> {
    const { seat } = this.seats
    this.stop()
    this.#become('outside')
    this.seats.erase() // at once: the page may be gone before the server answers
    try {
      if (seat) await this.api.leave(seat.peer)
    } finally {
      this.seats.forget()
    }
  }

  /** What there is may have died without a word, and nobody would notice for a heartbeat. */
  distrust(): void {
    this.outbox.nudge()
    this.#stream.distrust()
  }

  /** Goes quiet and keeps the seat. */
  stop(): void {
    this.#stay.abort()
    this.#stream.stop()
    this.outbox.drop(() => true)
  }

  #makeStream(): EventStream {
    const { environment: { clock, log, shared, openEventSource }, serverTime, words, onEvent } = this.#options
    const { api, seats } = this
    return new EventStream({
      clock, onEvent,
      time: serverTime,
      transports: {
        'sse': new EventSourceTransport({ log, words, connect: (lastEventId) => openEventSource(api.streamUrl(seats.seat?.streamToken ?? '', lastEventId)) }),
        'post-stream': new PostStreamTransport({ log, request: (lastEventId, aborted) => api.openStream(lastEventId, aborted) }),
        'long-poll': new LongPollTransport({ log, clock, poll: (request) => api.poll(request) }),
      },
      memory: new RungMemory(shared, clock),
      onState: (state) => this.#handleStream(state),
    })
  }

  async #takeSeat(body: { name?: string, passcode?: string }): Promise<Joined> {
    try {
      return await this.api.join(body)
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401 || !this.seats.seat) throw error
      this.seats.forget() // an old seat that is worth nothing any more must not keep us out
      return this.api.join(body)
    }
  }

  #enter(joined: Joined): void {
    const { peer, token, streamToken, tokenExpiresAt, lastEventId, heartbeatSeconds } = joined
    const before = this.seats.seat?.peer === peer.id ? this.seats.seat : null
    const { call = null, described = null, microphone = 'none', camera = 'none', facing = 'user', seenAtMs = 0 } = before ?? {}
    this.seats.take({ room: this.#options.room, peer: peer.id, name: peer.name, token, streamToken, tokenExpiresAt, call, described, microphone, camera, facing, seenAtMs })
    this.#claim.make(peer.id)
    this.#options.onJoined(joined)
    this.#stream.start(lastEventId, heartbeatSeconds)
    keepRenewed({
      clock: this.#options.environment.clock,
      seats: this.seats,
      renew: (id, aborted) => this.api.renew(id, aborted),
      onRefused: (problem) => this.#lose(problem),
      signal: this.#beginStay(),
    })
  }

  #beginStay(): AbortSignal {
    this.#stay.abort()
    this.#stay = new AbortController()
    return this.#stay.signal
  }

  #handleStream(state: StreamState): void {
    switch (state.name) {
      case 'connecting': return this.#become(this.#link === 'joining' ? 'joining' : 'reconnecting')
      case 'open':
        if (this.#link !== 'online') this.outbox.nudge()
        return this.#travelBy(state.rung)
      case 'reconnecting': return this.#become('reconnecting')
      case 'replaced': return this.#yield()
      case 'left': return this.#lose(null)
      case 'refused': return this.#lose(state.problem)
      default: state satisfies never
    }
  }

  #travelBy(rung: Rung): void {
    const isNews = this.#link === 'online' && this.#rung !== rung
    this.#rung = rung
    if (isNews) this.#options.onLink('online', null)
    else this.#become('online')
  }

  /** The room has no seat for us any more. */
  #lose(problem: ApiProblem | null): void {
    this.stop()
    if (!problem || problem.status === 401) this.seats.forget()
    this.#become('gone', problem)
  }

  /** Another page has the seat: the server says so, or that page itself. This one is quiet until takeOver(). */
  #yield(): void {
    this.stop()
    this.#become('replaced')
  }

  get #isElsewhere(): boolean {
    const { seat } = this.seats
    const here = this.#link === 'joining' || this.#link === 'online' || this.#link === 'reconnecting'
    return here && seat !== null && this.#claim.isLost(seat.peer)
  }

  #become(link: Link, problem: ApiProblem | null = null): void {
    if (this.#link === link && !problem) return
    this.#link = link
    this.#options.onLink(link, problem)
  }

  #watchPage(signal: AbortSignal): void {
    const { environment } = this.#options
    const { window } = environment
    const yieldIfElsewhere = () => { if (this.#isElsewhere) this.#yield() }
    window.addEventListener('storage', yieldIfElsewhere, { signal })
    window.addEventListener('pageshow', (event) => {
      if (!(event as PageTransitionEvent).persisted) return
      if (this.seats.seat && this.#link !== 'replaced') this.#claim.make(this.seats.seat.peer) // the person came back to this page: as if it were opened anew
    }, { signal })
    watchNetwork({
      ...environment,
      // iOS kills sockets of a hidden page without an error and lets readyState say OPEN: start over whenever we wake up.
      onWake: () => {
        yieldIfElsewhere()
        this.#nudge.give()
        this.outbox.nudge()
        this.#stream.reopen() // does nothing once we gave way
      },
      onChange: () => this.#stream.networkChanged(),
    }, signal)
    window.addEventListener('pagehide', () => this.#sayAway(), { signal })
    signal.addEventListener('abort', () => {
      this.stop()
      this.outbox.close()
    })
  }

  /** A page that closes or reloads: the others need not wait for the whole lease. */
  #sayAway(): void {
    const { seat } = this.seats
    if (!seat || (this.#link !== 'online' && this.#link !== 'reconnecting')) return // replaced: the seat is another page's
    this.#stream.pause()
    this.api.patchPeer(seat.peer, { away: true }, { keepalive: true }).catch(() => undefined)
  }
}
