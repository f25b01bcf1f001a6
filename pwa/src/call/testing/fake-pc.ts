// An RTCPeerConnection without a network, for tests: the signaling states, rollback, negotiationneeded and ICE
// generations of the real one, and its refusals. Two of them connect when each has the other's current description and a
// candidate of it; then, with each look at the stats, packets of what the other sends have come.
import { FakeTrack } from './fake-media'

type Direction = 'sendrecv' | 'recvonly' | 'sendonly' | 'inactive'
type Kind = 'audio' | 'video'

interface Description { type: 'offer' | 'answer', sdp: string }

class FakeTransceiver {
  direction: Direction
  currentDirection: Direction | null = null
  readonly receiver: { track: FakeTrack }
  /** That were asked for. */
  keyFrames = 0
  readonly sender = {
    track: null as FakeTrack | null,
    replaceTrack: (track: FakeTrack | null): Promise<void> => {
      this.sender.track = track
      return Promise.resolve()
    },
    setStreams: (): void => undefined,
    getParameters: () => ({ encodings: [{}] }),
    setParameters: (_: object, options?: { encodingOptions: { keyFrame: boolean }[] }): Promise<void> => {
      if (options?.encodingOptions[0]?.keyFrame) this.keyFrames++
      return Promise.resolve()
    },
  }

  constructor(kind: Kind, direction: Direction) {
    this.direction = direction
    this.receiver = { track: new FakeTrack(kind, { muted: true }) }
  }

  get kind(): Kind {
    return this.receiver.track.kind
  }
}

let lastPc = 0
const everyPc = new Map<string, FakePc>()

export class FakePc {
  readonly id = `pc${++lastPc}`
  signalingState: 'stable' | 'have-local-offer' | 'have-remote-offer' | 'closed' = 'stable'
  connectionState = 'new'
  iceConnectionState = 'new'
  localDescription: Description | null = null
  remoteDescription: Description | null = null
  /** Every candidate that addIceCandidate took. */
  readonly candidates: RTCIceCandidateInit[] = []
  readonly transceivers: FakeTransceiver[] = []
  /** Nothing comes any more, and no path is found, whatever is tried. */
  dead = false
  /** Checks of other ways keep relays from their turn: a path is found only by relays alone, on one side at least. */
  crowded = false
  /** It has an address at a relay to tell of. */
  relayed = false
  /** As often as it was asked for. */
  restarts = 0
  configuration: RTCConfiguration | null = null
  #packets = 0
  /** Credentials of ours that are of no use any more: the path that they were for is gone. */
  #cutGeneration = 0
  onnegotiationneeded: (() => void) | null = null
  onicecandidate: ((event: { candidate: { toJSON(): RTCIceCandidateInit } | null }) => void) | null = null
  ontrack: ((event: { track: FakeTrack }) => void) | null = null
  onconnectionstatechange: (() => void) | null = null
  oniceconnectionstatechange: (() => void) | null = null
  stats: object[] = []
  /** Of ICE credentials; 0 before there are any. */
  #generation = 0
  #lastGeneration = 0
  #restart = false
  #needed = false
  /** What a rollback goes back to. */
  #stable: { local: Description | null, remote: Description | null, generation: number } = { local: null, remote: null, generation: 0 }
  #chain: Promise<unknown> = Promise.resolve()
  #operations = 0

  constructor() {
    everyPc.set(this.id, this)
  }

  get ufrag(): string {
    return `${this.id}g${this.#generation}`
  }

  getTransceivers(): readonly FakeTransceiver[] {
    return this.transceivers
  }

  addTransceiver(trackOrKind: FakeTrack | Kind, { direction }: { direction: Direction }): FakeTransceiver {
    const kind = typeof trackOrKind === 'string' ? trackOrKind : trackOrKind.kind
    const transceiver = new FakeTransceiver(kind, direction)
    if (typeof trackOrKind !== 'string') transceiver.sender.track = trackOrKind
    this.transceivers.push(transceiver)
    this.#need()
    return transceiver
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration
  }

  restartIce(): void {
    this.restarts++
    if (!this.localDescription) return // WebRTC §4.4.2: there are no credentials to replace yet
    this.#restart = true
    this.#need()
  }

  setLocalDescription(): Promise<void> {
    return this.#operate(() => {
      if (this.signalingState === 'have-remote-offer') return this.#setLocalAnswer()
      if (this.#restart || this.#generation === 0) this.#generation = ++this.#lastGeneration
      this.localDescription = { type: 'offer', sdp: this.#sdp() }
      this.signalingState = 'have-local-offer'
      this.#gather()
    })
  }

  setRemoteDescription(description: Description): Promise<void> {
    return this.#operate(() => {
      if (description.type === 'answer') return this.#setRemoteAnswer(description)
      if (this.signalingState === 'have-local-offer') this.#rollBack()
      this.#checkIdentity(description)
      this.remoteDescription = description
      this.signalingState = 'have-remote-offer'
      for (const kind of kindsIn(description.sdp)) {
        if (!this.transceivers.some((line) => line.kind === kind)) this.transceivers.push(new FakeTransceiver(kind, 'recvonly'))
      }
      this.#announceTracks(description.sdp)
    })
  }

  addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    return this.#operate(() => {
      if (!this.remoteDescription) throw new DOMException('no remote description', 'InvalidStateError')
      const ufrag = candidate.usernameFragment
      if (ufrag && ufragOf(this.remoteDescription.sdp) !== ufrag) throw new DOMException('unknown ufrag', 'OperationError')
      this.candidates.push(candidate)
      connectWherePossible()
    })
  }

  getStats(): Promise<Map<string, object>> {
    if (this.#hears()) this.#packets++
    const inbound = { id: 'inbound', type: 'inbound-rtp', packetsReceived: this.#packets, framesDecoded: this.#packets }
    return Promise.resolve(new Map([inbound, ...this.stats].map((stat) => [(stat as { id: string }).id, stat])))
  }

  close(): void {
    this.signalingState = 'closed'
    this.connectionState = 'closed'
    everyPc.delete(this.id)
    connectWherePossible()
  }

  /** For tests: the path dies without a word, at both ends, until one of them restarts ICE. */
  cut(): void {
    for (const end of [this, this.#talksTo]) if (end) end.#cutGeneration = end.#stable.generation
  }

  /** Media goes on by what was agreed on last, whatever is under way. */
  get #talksTo(): FakePc | null {
    const idIn = (sdp = '') => ufragOf(sdp).split('g')[0]!
    const other = everyPc.get(idIn(this.#stable.remote?.sdp))
    return other && idIn(other.#stable.remote?.sdp) === this.id ? other : null
  }

  #hears(): boolean {
    const other = this.#talksTo
    if (!other || this.connectionState !== 'connected' || this.#cutGeneration === this.#stable.generation || this.dead || other.dead) return false
    return other.transceivers.some(({ sender }) => sender.track)
  }

  /** For tests: the network between the two is gone, or back. */
  become(state: 'connected' | 'disconnected' | 'failed'): void {
    this.iceConnectionState = state
    this.connectionState = state
    this.oniceconnectionstatechange?.()
    this.onconnectionstatechange?.()
  }

  /** The other end, if both have each other's present description. */
  get partner(): FakePc | null {
    const other = everyPc.get(ufragOf(this.remoteDescription?.sdp ?? '').split('g')[0]!)
    if (!other || this.signalingState !== 'stable' || other.signalingState !== 'stable') return null
    const known = ufragOf(this.remoteDescription!.sdp) === other.ufrag && ufragOf(other.remoteDescription?.sdp ?? '') === this.ufrag
    return known ? other : null
  }

  #setLocalAnswer(): void {
    if (this.#generation === 0 || this.#remoteRestarted()) {
      this.#generation = ++this.#lastGeneration
      this.#restart = false // fresh credentials, whoever asked for them
    }
    this.localDescription = { type: 'answer', sdp: this.#sdp() }
    this.#settle()
    this.#gather()
  }

  #setRemoteAnswer(description: Description): void {
    if (this.signalingState !== 'have-local-offer') throw new DOMException('no offer', 'InvalidStateError')
    this.#checkIdentity(description)
    this.remoteDescription = description
    this.#restart = false
    this.#settle()
    this.#announceTracks(description.sdp)
  }

  #settle(): void {
    this.signalingState = 'stable'
    this.#stable = { local: this.localDescription, remote: this.remoteDescription, generation: this.#generation }
    this.#needed = this.#restart || this.transceivers.some((line) => !kindsIn(this.localDescription!.sdp).includes(line.kind))
    connectWherePossible()
  }

  #rollBack(): void {
    this.localDescription = this.#stable.local
    this.remoteDescription = this.#stable.remote
    this.#generation = this.#stable.generation
    this.signalingState = 'stable'
  }

  #remoteRestarted(): boolean {
    return this.#stable.remote !== null && ufragOf(this.#stable.remote.sdp) !== ufragOf(this.remoteDescription!.sdp)
  }

  /** A description of another connection than before has another DTLS certificate; the real one fails to connect then. */
  #checkIdentity({ sdp }: Description): void {
    const before = this.remoteDescription && ufragOf(this.remoteDescription.sdp).split('g')[0]
    if (before && before !== ufragOf(sdp).split('g')[0]) throw new DOMException('a stranger’s description', 'InvalidAccessError')
  }

  #need(): void {
    this.#needed = true
    setTimeout(() => this.#askForOffer())
  }

  /** WebRTC §4.7.3: only when stable, and with no operation under way. */
  #askForOffer(): void {
    if (!this.#needed || this.#operations > 0 || this.signalingState !== 'stable') return
    this.#needed = false
    this.onnegotiationneeded?.()
  }

  #sdp(): string {
    const lines = this.transceivers.map((line) => `m=${line.kind} ${line.sender.track ? 'sends' : 'silent'}`)
    return [`a=ice-ufrag:${this.ufrag}`, ...lines].join('\r\n')
  }

  #gather(): void {
    const { ufrag } = this
    for (const n of [1, 2]) {
      setTimeout(() => {
        const candidate = { candidate: `candidate:${n} of ${ufrag}${this.relayed ? ' typ relay' : ''}`, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: ufrag }
        this.onicecandidate?.({ candidate: { toJSON: () => candidate } })
      })
    }
    setTimeout(() => this.onicecandidate?.({ candidate: null }))
  }

  #announceTracks(sdp: string): void {
    for (const line of this.transceivers) {
      if (!sdp.includes(`m=${line.kind} sends`) || line.currentDirection) continue
      line.currentDirection = 'recvonly'
      this.ontrack?.({ track: line.receiver.track })
    }
  }

  /** WebRTC §4.4.1.2: one operation at a time; those of a closed connection never settle. */
  #operate(operation: () => void): Promise<void> {
    this.#operations++
    const turn = this.#chain.then(() => new Promise<void>((resolve, reject) => {
      setTimeout(() => {
        if (this.signalingState === 'closed') return
        if (--this.#operations === 0) setTimeout(() => this.#askForOffer())
        try {
          resolve(operation())
        } catch (error) {
          reject(error as Error)
        }
      })
    }))
    this.#chain = turn.catch(() => undefined)
    return turn
  }
}

function connectWherePossible(): void {
  for (const pc of everyPc.values()) {
    const { partner } = pc
    if (!partner || pc.dead || partner.dead || (pc.crowded && ![pc, partner].some(({ configuration }) => configuration?.iceTransportPolicy === 'relay')) || pc.connectionState === 'connected' || pc.candidates.length === 0 || partner.candidates.length === 0) continue
    for (const end of [pc, partner]) {
      end.become('connected')
      const heard = end === pc ? partner : pc
      for (const line of end.transceivers) {
        const sends = heard.transceivers.find((other) => other.kind === line.kind)?.sender.track
        if (sends) line.receiver.track.setMuted(false)
      }
    }
  }
}

function ufragOf(sdp: string): string {
  return /a=ice-ufrag:(\S+)/.exec(sdp)?.[1] ?? ''
}

function kindsIn(sdp: string): Kind[] {
  return [...sdp.matchAll(/m=(audio|video)/g)].map((match) => match[1] as Kind)
}
