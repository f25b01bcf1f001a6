// Somebody else in the call: the connection to them, mended when media stays away, made anew whenever either side lost its own.
//
// Which connection speaks to which. A page that reloads comes back as the same peer with none of its connections, and
// what the other side's old connection sent it is of no use. So each RTCPeerConnection has an id of its own, and our
// offers, answers and candidates carry two further members in `data`: `connection`, whose it is, and `toConnection`,
// which of the receiver's it is meant for, once that is known. The rules:
//
// 1. An answer for another `toConnection` than the one we have is for one that is gone, and dropped; so is a candidate of
//    another `connection` than the one we talk to. The earlier participant drops such offers too: it has offered, or
//    answered, with its new one. The later one takes them: if they are stale, the answer to its `ready` replaces them.
// 2. An offer of a `connection` that is not the one we talk to: the other side began anew; so do we, and answer.
// 3. Whoever lost its connection, or may have lost messages (reload, a gap in the stream, leaving and coming back), begins
//    anew. The earlier participant sends an offer, as always. The later one sends `ready` with its `connection`:
//    “nothing you sent before counts, offer anew”. It does not offer at once: the earlier one is impolite, might
//    be waiting for an answer that got lost, and would ignore the offer for ever.
// 4. Where no offer follows a `ready`, the later participant offers after all. To somebody who was only slow that is
//    glare, and theirs wins: we take it with a new connection, for ours has m-lines that are not theirs (JSEP §5.10).
//    Somebody who does not know the word answers.
//
// 5. Beginning anew does not darken a picture that is there: as long as the connection before carries media it stays, and
//    is looked at, until the new one does. On a gap or a restart of the server both sides can therefore begin anew
//    without asking what exactly was lost: an offer, an answer or a candidate of either side, or, as a rule, nothing. A mere
//    offer on the old connection would not be safe: an earlier participant who waits for a lost answer ignores it.
// 6. Media that stays away is brought back by an ICE restart, which is an ordinary offer of the connection there is, with
//    other credentials; who makes it, and when a new connection is tried instead, is said in recovery.ts. A restart is only ever
//    asked for (`restartIce()`): the browser remembers it over a rollback, and makes it when the connection is stable.
// 7. An answer of another connection than the one we agreed with: an offer of ours from before a reload came to them last, and
//    they began anew for it. Nothing that either side has now fits the other, so we begin anew as well.
//
// A program that follows the contract alone sends none of this, and `ready` it ignores. Its candidates pass all rules; its
// descriptions are told apart by their certificates, of which each connection has its own.
import type { Clock } from '../protocol/clock'
import type { Addressed, DebugLog, Message } from '../protocol/decode'
import type { PeerId } from '../protocol/types'
import { Link, type Look } from './link'
import type { Tracks } from './media'
import type { Description } from './negotiation'
import { Overlap } from './overlap'
import { Recovery } from './recovery'
import type { Path } from './view'

/** What one participant says to another; `ready` is rule 3. */
export type Signal =
  | Addressed & Pick<Message & { type: 'offer' | 'answer' }, 'type' | 'description'>
  | Addressed & Pick<Message & { type: 'candidate' }, 'type' | 'candidate'>
  | Addressed & { type: 'ready' }

export interface RemoteOptions {
  peer: PeerId
  /** We came later than they did. */
  polite: boolean
  tracks: Tracks
  clock: Clock
  createPeerConnection(): RTCPeerConnection
  createStream(tracks: readonly MediaStreamTrack[]): MediaStream
  uuid(): string
  send(type: 'offer' | 'answer' | 'candidate' | 'ready', data: Addressed & (Description | RTCIceCandidateInit | object)): void
  /** Whether the room says that they send sound or picture. */
  sends(): boolean
  /** Whether what we send is delivered. */
  online(): boolean
  /** See link.ts. */
  renewIce(pc: RTCPeerConnection, relayOnly: boolean): Promise<void>
  /** Media stopped coming. */
  onTrouble(): void
  onChange(): void
  log: DebugLog
}

/** Rule 4: a slow round trip, with time to spare for a phone that has to build its offer. */
const offerPatienceMs = 2_000

export class Remote {
  readonly #options: RemoteOptions
  readonly #recovery: Recovery
  /** Rule 5. */
  readonly #former: Overlap
  #tracks: Tracks
  #link: Link
  /** Their connection that ours talks to; null until they said so. */
  #theirs: string | null = null
  /** Serial inbox: a candidate never overtakes the description that is still being set. */
  #inbox: Signal[] = []
  /** Raised with every new link: operations of a closed connection never settle, so the old reader is left behind. */
  #reader = 0
  #reading = false
  #wasConnected = false
  #cancelOffer: () => void = () => undefined

  constructor(options: RemoteOptions) {
    this.#options = options
    this.#recovery = new Recovery(options.polite)
    this.#former = new Overlap(options.clock, options.onChange)
    this.#tracks = options.tracks
    this.#link = this.#connect()
  }

  get peer(): PeerId {
    return this.#options.peer
  }

  get polite(): boolean {
    return this.#options.polite
  }

  get pc(): RTCPeerConnection {
    return this.#link.pc
  }

  /** Those that are open: for a moment, rule 5, there are two. */
  get pcs(): readonly RTCPeerConnection[] {
    return this.#former.link ? [this.#former.link.pc, this.#link.pc] : [this.#link.pc]
  }

  get stream(): MediaStream | null {
    return (this.#former.shown ?? this.#link).stream
  }

  get path(): Path | null {
    return (this.#former.shown ?? this.#link).path
  }

  get state(): 'connecting' | 'connected' | 'reconnecting' {
    if (this.#former.shown || (this.#link.state === 'connected' && !this.#recovery.broken)) return 'connected'
    return this.#wasConnected ? 'reconnecting' : 'connecting'
  }

  /** Signaling works and yet no way for media was ever found. ICE goes on trying. */
  get blocked(): boolean {
    return !this.#wasConnected && (this.#link.late || this.#link.state === 'interrupted')
  }

  /** They described a connection, and no relay of theirs: they are reached directly or not at all. */
  get lacksRelay(): boolean {
    return this.#link.negotiation.agreed && !this.#link.negotiation.theyRelay
  }

  /** The first word, if it is ours to say. `afresh`: we may have missed what they said before (rule 3). */
  begin(afresh: boolean): void {
    if (!this.#options.polite) this.#link.negotiation.begin()
    else if (afresh) this.#askForOffer()
  }

  /** Something happened that may change what is to be done: signaling is back. */
  look(): void {
    void this.#link.look()
  }

  /** This device came to another network. */
  handleNetworkChange(): void {
    this.#recovery.handleNetworkChange()
    this.look()
  }

  /** We may have lost messages: a new connection, and the first word again. */
  beginAfresh(): void {
    this.#replace(null)
    this.begin(true)
  }

  setTracks(tracks: Tracks): void {
    this.#tracks = tracks
    for (const link of [this.#former.link, this.#link]) link?.negotiation.setTracks(tracks)
  }

  handle(signal: Signal): void {
    this.#inbox.push(signal)
    if (!this.#reading) void this.#read()
  }

  close(): void {
    this.#cancelOffer()
    this.#reader++
    this.#inbox = []
    this.#former.close()
    this.#link.close()
  }

  async #read(): Promise<void> {
    const reader = this.#reader
    this.#reading = true
    for (let signal = this.#inbox.shift(); signal; signal = this.#inbox.shift()) {
      try {
        await this.#take(signal)
      } catch (error) {
        this.#options.log('call: a signal was refused', { type: signal.type, error: error instanceof Error ? error.name : 'unknown' })
      }
      if (reader !== this.#reader) return // a successor reads on
    }
    this.#reading = false
  }

  async #take(signal: Signal): Promise<void> {
    const { connection, toConnection } = signal
    const toAnother = toConnection !== undefined && toConnection !== this.#link.id
    const other = connection === undefined ? this.#isOfAnother(signal) : this.#theirs !== null && connection !== this.#theirs
    switch (signal.type) {
      case 'ready':
        if (connection === undefined || connection === this.#theirs) return
        this.#replace(connection)
        return this.#link.negotiation.begin()
      case 'offer':
        if (toAnother && !this.#options.polite) return // rule 1
        if (other || (this.#options.polite && this.#link.negotiation.unanswered)) return this.#giveWay(signal) // rules 2 and 4
        this.#cancelOffer()
        this.#theirs = connection ?? this.#theirs
        return this.#takeOffer(signal.description)
      case 'answer':
        if (other && this.#link.negotiation.agreed) return this.beginAfresh() // rule 7
        if (toAnother) return // rule 1
        this.#theirs = connection ?? this.#theirs
        return void await this.#link.negotiation.handleDescription(signal.description)
      case 'candidate':
        return other ? undefined /* rule 1 */ : this.#link.negotiation.handleCandidate(signal.candidate)
      default: signal satisfies never
    }
  }

  /** Who does not name connections is known by the certificates in the descriptions. */
  #isOfAnother(signal: Signal): boolean {
    return 'description' in signal && this.#link.negotiation.isOfAnother(signal.description)
  }

  /** Takes an offer with another connection. The next reader does, so that what comes behind the offer waits for it. */
  #giveWay(offer: Signal): void {
    this.#inbox.unshift(offer)
    this.#replace(offer.connection ?? null)
  }

  async #takeOffer(offer: Description): Promise<void> {
    const { negotiation } = this.#link
    const restarts = negotiation.isRestart(offer)
    if (restarts) this.#link.widen()
    if (await negotiation.handleDescription(offer) && restarts) this.#recovery.handleRestart()
  }

  #askForOffer(): void {
    this.#send('ready', {})
    this.#cancelOffer = this.#options.clock.after(offerPatienceMs, () => this.#link.negotiation.begin()) // rule 4
  }

  /** Makes another connection, for `theirs` if they told us theirs, and closes the one there is as soon as it may be. */
  #replace(theirs: string | null): void {
    this.#cancelOffer()
    this.#former.begin(this.#link)
    this.#recovery.handleRebuild(this.#wasConnected)
    this.#theirs = theirs
    this.#reader++
    this.#reading = false
    this.#link = this.#connect()
    this.#options.onChange()
    if (this.#inbox.length > 0) queueMicrotask(() => this.#reading || void this.#read())
  }

  #connect(): Link {
    const { uuid, createPeerConnection, createStream, polite, clock, log, sends, renewIce, onChange } = this.#options
    const id = uuid()
    const link: Link = new Link({
      id, polite, createStream, clock, log, sends, renewIce,
      pc: createPeerConnection(),
      tracks: this.#tracks,
      send: (type, data) => { if (this.#link.id === id) this.#send(type, data) },
      onLook: (look) => link === this.#link ? this.#handleLook(look) : this.#former.look(look),
      onChange: () => {
        if (link === this.#link && link.state === 'connected') this.#wasConnected = true
        onChange()
      },
    })
    return link
  }

  #handleLook(look: Look): void {
    const { state: before } = this
    const { broken: wasBroken, ill: wasIll } = this.#recovery
    const deed = this.#recovery.look({ ...look, open: look.ice === 'open', online: this.#options.online(), worked: this.#wasConnected })
    this.#former.changeOver(this.#link, look)
    if (deed) this.#options.log('call: media stays away', { deed })
    if (deed === 'restart' || deed === 'relay') void this.#link.restart({ relayOnly: deed === 'relay' })
    if (deed === 'rebuild') this.beginAfresh()
    if (!wasBroken && this.#recovery.broken) this.#options.onTrouble()
    if ((wasIll && !this.#recovery.ill) || look.pathChanged) void this.#link.sendWholePicture()
    if (this.state !== before) this.#options.onChange()
  }

  #send(type: Parameters<RemoteOptions['send']>[0], data: object): void {
    const toConnection = this.#theirs
    this.#options.send(type, { ...data, connection: this.#link.id, ...(toConnection !== null && { toConnection }) })
  }
}
