// RTCPeerConnection to the letter, as far as signaling sees it: one operation at a time (WebRTC §4.4.1.2), when a
// negotiation is needed (§4.7.3), signaling states and rollback (JSEP §4.1), ICE generations and their candidates.
// What a browser would refuse is refused; what it could not notice and yet never connects is kept in `network.mistakes`.
import type { FakeTrack } from './fake-media'
import type { Network } from './strict-network'
import { intersection, read, reversed, sends, write, type Kind, type MediaLine, type Session } from './strict-sdp'
import { Transceiver, type Host } from './strict-transceiver'

type Description = { type: 'offer' | 'answer', sdp: string }
type Candidate = { candidate: string, sdpMid: string, sdpMLineIndex: number, usernameFragment: string }

export class StrictPc implements Host {
  readonly id: string
  readonly network: Network
  signalingState: 'stable' | 'have-local-offer' | 'have-remote-offer' | 'closed' = 'stable'
  connectionState = 'new'
  iceConnectionState = 'new'
  currentLocal: Session | null = null
  currentRemote: Session | null = null
  pendingLocal: Session | null = null
  pendingRemote: Session | null = null
  readonly transceivers: Transceiver[] = []
  /** By ufrag: what was given to onicecandidate, and what addIceCandidate took. */
  readonly gathered = new Map<string, string[]>()
  readonly applied = new Map<string, string[]>()
  onnegotiationneeded: (() => void) | null = null
  onicecandidate: ((event: { candidate: { toJSON(): Candidate } | null }) => void) | null = null
  ontrack: ((event: { track: FakeTrack }) => void) | null = null
  onconnectionstatechange: (() => void) | null = null
  oniceconnectionstatechange: (() => void) | null = null
  /** [[LocalIceCredentialsToReplace]] */
  readonly #toReplace = new Set<string>()
  /** [[NegotiationNeeded]], and [[UpdateNegotiationNeededFlagOnEmptyChain]]. */
  #needed = false
  #updateOnEmptyChain = false
  #chain: (() => void)[] = []
  #lastMid = 0
  #lastSession = 0
  #lastGeneration = 0

  constructor(network: Network) {
    this.network = network
    this.id = network.add(this)
  }

  get localDescription(): Description | null {
    return described(this.pendingLocal ?? this.currentLocal)
  }

  get remoteDescription(): Description | null {
    return described(this.pendingRemote ?? this.currentRemote)
  }

  get currentRemoteDescription(): Description | null {
    return described(this.currentRemote)
  }

  get closed(): boolean {
    return this.signalingState === 'closed'
  }

  /** Nothing under way and nothing asked for. */
  get idle(): boolean {
    return this.signalingState === 'stable' && this.#chain.length === 0 && !this.#needed && !this.#isNegotiationNeeded()
  }

  getTransceivers(): readonly Transceiver[] {
    return [...this.transceivers]
  }

  addTransceiver(trackOrKind: FakeTrack | Kind, { direction = 'sendrecv', streams = [] }: RTCRtpTransceiverInit = {}): Transceiver {
    this.refuseClosed()
    const [kind, track] = typeof trackOrKind === 'string' ? [trackOrKind, null] : [trackOrKind.kind, trackOrKind]
    if (direction === 'stopped') throw new TypeError('stopped')
    const transceiver = new Transceiver(this, kind, direction, track, streams)
    this.transceivers.push(transceiver)
    this.updateNegotiationNeeded()
    return transceiver
  }

  restartIce(): void {
    for (const session of [this.currentLocal, this.pendingLocal]) if (session) this.#toReplace.add(session.ufrag)
    this.updateNegotiationNeeded()
  }

  setLocalDescription(): Promise<void> {
    return this.operate(() => {
      if (this.signalingState === 'have-remote-offer') return this.#setLocalAnswer(this.pendingRemote!)
      this.#setLocalOffer()
    })
  }

  setRemoteDescription(description: Description): Promise<void> {
    return this.operate(() => {
      const session = read(description)
      if (session.type === 'offer') this.#setRemoteOffer(session)
      else this.#setRemoteAnswer(session)
    })
  }

  addIceCandidate({ candidate = '', usernameFragment }: RTCIceCandidateInit): Promise<void> {
    return this.operate(() => {
      const known = [this.currentRemote, this.pendingRemote].filter((session) => session !== null)
      if (known.length === 0) throw new DOMException('no remote description', 'InvalidStateError')
      const ufrag = usernameFragment ?? known.at(-1)!.ufrag
      if (!known.some((session) => session.ufrag === ufrag)) throw new DOMException('unknown ufrag', 'OperationError')
      listIn(this.applied, ufrag).push(candidate)
    })
  }

  getStats(): Promise<Map<string, object>> {
    return Promise.resolve(this.network.statsOf(this))
  }

  getConfiguration(): object {
    return {}
  }

  setConfiguration(): void {
    this.refuseClosed()
  }

  close(): void {
    if (this.closed) return
    this.signalingState = this.connectionState = this.iceConnectionState = 'closed'
    this.network.remove(this)
  }

  become(state: 'connected' | 'disconnected' | 'failed'): void {
    if (this.closed || this.iceConnectionState === state) return
    this.iceConnectionState = this.connectionState = state
    this.oniceconnectionstatechange?.()
    this.onconnectionstatechange?.()
  }

  refuseClosed(): void {
    if (this.closed) throw new DOMException('closed', 'InvalidStateError')
  }

  /** Operations that are under way when the connection closes never settle. */
  operate<T>(operation: () => T): Promise<T> {
    if (this.closed) return Promise.reject(new DOMException('closed', 'InvalidStateError'))
    return new Promise((resolve, reject) => {
      this.#chain.push(() => this.network.soon(() => {
        if (this.closed) return
        try {
          resolve(operation())
        } catch (error) {
          reject(error as Error)
        }
        this.network.look()
        this.#chain.shift()
        if (this.#chain[0]) return this.#chain[0]()
        if (!this.#updateOnEmptyChain) return
        this.#updateOnEmptyChain = false
        this.updateNegotiationNeeded()
      }))
      if (this.#chain.length === 1) this.#chain[0]!()
    })
  }

  updateNegotiationNeeded(): void {
    if (this.#waitForEmptyChain()) return
    this.network.soon(() => {
      if (this.closed || this.#waitForEmptyChain() || this.signalingState !== 'stable') return
      const before = this.#needed
      this.#needed = this.#isNegotiationNeeded()
      if (this.#needed && !before) this.onnegotiationneeded?.()
    })
  }

  #waitForEmptyChain(): boolean {
    if (this.#chain.length > 0) this.#updateOnEmptyChain = true
    return this.#chain.length > 0
  }

  #isNegotiationNeeded(): boolean {
    return this.#toReplace.size > 0 || this.transceivers.some((each) => this.#wantsMoreThanAgreed(each))
  }

  #wantsMoreThanAgreed(transceiver: Transceiver): boolean {
    const of = (session: Session | null) => session?.lines.find(({ mid }) => mid === transceiver.mid)
    const [local, remote] = [of(this.currentLocal), of(this.currentRemote)]
    if (!local || !remote) return true
    if (sends(transceiver.direction) && local.msid !== transceiver.msid) return true
    if (this.currentLocal!.type === 'offer') return local.direction !== transceiver.direction && reversed(remote.direction) !== transceiver.direction
    return local.direction !== intersection(transceiver.direction, reversed(remote.direction))
  }

  #setLocalOffer(): void {
    const known = this.pendingLocal ?? this.currentLocal
    const fresh = !known || this.#toReplace.has(known.ufrag)
    for (const transceiver of this.transceivers) transceiver.mid ??= `${this.#lastMid++}`
    const lines = this.#inOrder().map((each) => line(each, each.direction))
    this.pendingLocal = this.#session('offer', '', fresh ? this.#newUfrag() : known.ufrag, lines)
    this.signalingState = 'have-local-offer'
    if (fresh) this.#gather(this.pendingLocal.ufrag)
  }

  #setLocalAnswer(offer: Session): void {
    const fresh = !this.currentLocal || offer.ufrag !== this.currentRemote?.ufrag
    const lines = offer.lines.map(({ mid, direction }) => {
      const transceiver = this.#by(mid)
      transceiver.currentDirection = intersection(transceiver.direction, reversed(direction))
      return line(transceiver, transceiver.currentDirection)
    })
    this.#settle(this.#session('answer', offer.id, fresh ? this.#newUfrag() : this.currentLocal!.ufrag, lines), offer)
    if (fresh) this.#gather(this.currentLocal!.ufrag)
  }

  #setRemoteOffer(offer: Session): void {
    this.#refuseStranger(offer)
    if (this.signalingState === 'have-local-offer') this.#rollBack()
    const mids = this.#inOrder().map(({ mid }) => mid)
    if (mids.some((mid, at) => offer.lines[at]?.mid !== mid)) throw new DOMException('m-lines are missing', 'InvalidAccessError')
    for (const { mid, kind } of offer.lines) {
      // JSEP §5.10: only what addTrack made would be taken for an m-line of theirs, never what addTransceiver made.
      if (!mids.includes(mid)) this.transceivers.push(Object.assign(new Transceiver(this, kind, 'recvonly', null, []), { mid }))
      this.#lastMid = Math.max(this.#lastMid, Number(mid) + 1)
    }
    this.pendingRemote = offer
    this.signalingState = 'have-remote-offer'
    this.#announce(offer)
  }

  #setRemoteAnswer(answer: Session): void {
    const offer = this.pendingLocal
    if (this.signalingState !== 'have-local-offer' || !offer) throw new DOMException(`an answer in ${this.signalingState}`, 'InvalidStateError')
    this.#refuseStranger(answer)
    if (answer.lines.length !== offer.lines.length) throw new DOMException('an answer with other m-lines', 'InvalidAccessError')
    if (answer.answers !== offer.id) this.network.mistakes.push(`${this.id} took an answer to ${answer.answers} for one to ${offer.id}`)
    for (const { mid, direction } of answer.lines) this.#by(mid).currentDirection = reversed(direction)
    this.#settle(offer, answer)
    this.#announce(answer)
  }

  #settle(local: Session, remote: Session): void {
    this.currentLocal = local
    this.currentRemote = remote
    this.pendingLocal = this.pendingRemote = null
    this.signalingState = 'stable'
    if (!this.#toReplace.has(local.ufrag)) this.#toReplace.clear()
    this.#needed = false
    this.updateNegotiationNeeded()
  }

  #rollBack(): void {
    this.pendingLocal = null
    const agreed = this.currentLocal?.lines.map(({ mid }) => mid) ?? []
    for (const transceiver of this.transceivers) if (transceiver.mid !== null && !agreed.includes(transceiver.mid)) transceiver.mid = null
    this.#lastMid = agreed.length
  }

  /** Firefox cannot take another certificate on a connection, and Chromium only sometimes. */
  #refuseStranger({ fingerprint }: Session): void {
    const known = this.pendingRemote ?? this.currentRemote
    if (!known || known.fingerprint === fingerprint) return
    this.network.mistakes.push(`${this.id} was given a description of ${fingerprint}, and talks to ${known.fingerprint}`)
    throw new DOMException('another certificate', 'OperationError')
  }

  /** §5.1.1 “process the addition of a remote track”, in the order of the m-lines. */
  #announce({ lines }: Session): void {
    for (const { mid, direction } of lines) {
      const transceiver = this.#by(mid)
      const before = transceiver.announced
      transceiver.announced = sends(direction)
      if (transceiver.announced && !before) this.ontrack?.({ track: transceiver.receiver.track })
    }
  }

  #by(mid: string): Transceiver {
    return this.transceivers.find((transceiver) => transceiver.mid === mid)!
  }

  #inOrder(): Transceiver[] {
    return this.transceivers.filter(({ mid }) => mid !== null).sort((a, b) => Number(a.mid) - Number(b.mid))
  }

  #session(type: 'offer' | 'answer', answers: string, ufrag: string, lines: MediaLine[]): Session {
    return { type, id: `${this.id}-${type}${++this.#lastSession}`, answers, fingerprint: this.id, ufrag, lines }
  }

  #newUfrag(): string {
    return `${this.id}-ice${++this.#lastGeneration}`
  }

  /** Those of a rolled back generation may still come, or not. */
  #gather(usernameFragment: string): void {
    const list = listIn(this.gathered, usernameFragment)
    const found = ['host', 'srflx', 'relay', ''].map((kind) => kind && `candidate:${kind} of ${usernameFragment}`)
    this.network.oneByOne(found, (candidate) => {
      const current = [this.pendingLocal, this.currentLocal].some((session) => session?.ufrag === usernameFragment)
      if (this.closed || (!current && this.network.time.chance(0.5))) return
      list.push(candidate)
      this.onicecandidate?.({ candidate: { toJSON: () => ({ candidate, sdpMid: '0', sdpMLineIndex: 0, usernameFragment }) } })
      if (candidate === '') this.onicecandidate?.({ candidate: null })
    })
  }
}

function line({ mid, kind, msid, direction: wanted }: Transceiver, direction: MediaLine['direction']): MediaLine {
  return { mid: mid!, kind, direction, msid: sends(wanted) ? msid : '' }
}

const texts = new WeakMap<Session, Description>()

/** The same object for as long as the description is the same (WebRTC §4.4.1.5). */
function described(session: Session | null): Description | null {
  if (!session) return null
  const text = texts.get(session) ?? { type: session.type, sdp: write(session) }
  texts.set(session, text)
  return text
}

function listIn(lists: Map<string, string[]>, key: string): string[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}
