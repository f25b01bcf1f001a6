// Perfect negotiation (WebRTC §10.7) over one RTCPeerConnection, and the two m-lines a call has. Knows nothing of rooms
// or the wire: descriptions and candidates come in by handleX and go out by callbacks.
import { CandidateBox, ufragsIn } from './candidates'
import type { Tracks } from './media'

export type Description = { type: 'offer' | 'answer', sdp: string }

export interface NegotiationOptions {
  pc: RTCPeerConnection
  /** Of two who both offer, the polite one takes its own offer back. */
  polite: boolean
  tracks: Tracks
  /** Groups our tracks for the other side. */
  createStream(tracks: readonly MediaStreamTrack[]): MediaStream
  sendDescription(description: Description): void
  sendCandidate(candidate: RTCIceCandidateInit): void
  /** Something the browser refused. The connection may still come about. */
  onError(action: string, error: unknown): void
}

const kinds = ['audio', 'video'] as const

export class Negotiation {
  readonly #options: NegotiationOptions
  readonly #pc: RTCPeerConnection
  readonly #candidates = new CandidateBox()
  #tracks: Tracks
  /** What will take the place of the track that a sender still has: the browser takes its time. */
  readonly #replacing = new Map<RTCRtpSender, { readonly track: MediaStreamTrack | null }>()
  #stream: MediaStream | null = null
  /** m-lines exist: we began, or answered. */
  #begun = false
  #makingOffer = false
  #ignoreOffer = false
  #isSettingRemoteAnswerPending = false
  #theyRelay = false

  constructor(options: NegotiationOptions) {
    this.#options = options
    this.#pc = options.pc
    this.#tracks = options.tracks
    this.#pc.onnegotiationneeded = () => void this.#offer()
    this.#pc.onicecandidate = ({ candidate }) => {
      // Null ends the candidates of all generations and never goes on the wire; '' ends one and does (RFC 8838 §13).
      if (candidate) options.sendCandidate(candidate.toJSON())
    }
  }

  /** We began, and nothing was agreed on yet. An offer taken now would get m-lines of its own beside ours. */
  get unanswered(): boolean {
    return this.#begun && !this.agreed
  }

  /** They described a connection of theirs; no other can take its place. */
  get agreed(): boolean {
    return this.#pc.remoteDescription !== null
  }

  /** They have, or had, an address at a relay. */
  get theyRelay(): boolean {
    return this.#theyRelay
  }

  /** Makes the m-lines, which makes the browser ask for the first offer. The other side waits for it instead. */
  begin(): void {
    this.#begun = true
    this.#makingOffer = true // from now on, not from when the browser asks: an offer that comes in between is glare, too
    for (const kind of kinds) this.#attach(kind, true)
  }

  setTracks(tracks: Tracks): void {
    this.#tracks = tracks
    if (!this.#begun) return
    for (const kind of kinds) this.#attach(kind, false)
  }

  /** Whether an offer brings other ICE credentials than those we talk to (RFC 8445 §2.4: a restart). Ask before it is handled. */
  isRestart({ type, sdp }: Description): boolean {
    const known = this.#pc.remoteDescription
    return type === 'offer' && known !== null && [...ufragsIn(sdp)].every((ufrag) => !ufragsIn(known.sdp).has(ufrag))
  }

  /** Whether its certificate is not the one of the connection we talk to: no browser changes it in mid-connection (RFC 8842 §4). */
  isOfAnother({ sdp }: Description): boolean {
    const known = certificatesIn(this.#pc.remoteDescription?.sdp ?? '')
    const theirs = certificatesIn(sdp)
    return known.size > 0 && theirs.size > 0 && [...theirs].every((each) => !known.has(each))
  }

  /** False where it was not taken: an offer that lost against our own, an answer to an offer that is no more. */
  async handleDescription(description: Description): Promise<boolean> {
    const pc = this.#pc
    this.#notice(description.sdp)
    const readyForOffer = !this.#makingOffer && (pc.signalingState === 'stable' || this.#isSettingRemoteAnswerPending)
    const offerCollision = description.type === 'offer' && !readyForOffer
    this.#ignoreOffer = !this.#options.polite && offerCollision
    if (this.#ignoreOffer) return false
    if (description.type === 'answer' && pc.signalingState !== 'have-local-offer') return false
    this.#isSettingRemoteAnswerPending = description.type === 'answer'
    try {
      await pc.setRemoteDescription(description) // rolls our own offer back where there is one
    } finally {
      this.#isSettingRemoteAnswerPending = false
    }
    for (const candidate of this.#candidates.describe(description.sdp)) await this.#add(candidate)
    if (description.type === 'offer') await this.#answer()
    return true
  }

  async handleCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    this.#notice(candidate.candidate ?? '')
    const admitted = this.#candidates.admit(candidate)
    if (admitted) await this.#add(admitted)
  }

  #notice(text: string): void {
    this.#theyRelay ||= / typ relay\b/.test(text) // RFC 8839 §5.1
  }

  async #add(candidate: RTCIceCandidateInit): Promise<void> {
    try {
      await this.#pc.addIceCandidate(candidate)
    } catch (error) {
      if (!this.#ignoreOffer) this.#options.onError('addIceCandidate', error)
    }
  }

  async #offer(): Promise<void> {
    try {
      this.#makingOffer = true
      await this.#pc.setLocalDescription()
      this.#sendLocal()
    } catch (error) {
      this.#options.onError('offer', error)
    } finally {
      this.#makingOffer = false
    }
  }

  async #answer(): Promise<void> {
    this.#begun = true
    for (const kind of kinds) this.#attach(kind, false)
    await this.#pc.setLocalDescription()
    this.#sendLocal()
  }

  #sendLocal(): void {
    const local = this.#pc.localDescription
    if (local?.type === 'offer' || local?.type === 'answer') this.#options.sendDescription({ type: local.type, sdp: local.sdp })
  }

  /** Puts our track on the m-line of its kind. `always`: an m-line even without one, to receive by. */
  #attach(kind: 'audio' | 'video', always: boolean): void {
    const track = this.#tracks[kind]
    const line = this.#pc.getTransceivers().find((each) => each.receiver.track.kind === kind && each.currentDirection !== 'stopped')
    if (!line) {
      if (track) this.#pc.addTransceiver(track, { direction: 'sendrecv', streams: [this.#ourStream()] })
      else if (always) this.#pc.addTransceiver(kind, { direction: 'recvonly' })
      return
    }
    if ((this.#replacing.get(line.sender) ?? line.sender).track === track) return
    this.#replace(line.sender, track)
    if (!track) return // a camera that is off comes back without a new offer
    if (line.direction === 'recvonly') {
      line.sender.setStreams?.(this.#ourStream())
      line.direction = 'sendrecv'
    } else if (line.direction === 'inactive') line.direction = 'sendonly'
  }

  #replace(sender: RTCRtpSender, track: MediaStreamTrack | null): void {
    const replacement = { track }
    this.#replacing.set(sender, replacement)
    sender.replaceTrack(track).catch((error: unknown) => this.#options.onError('replaceTrack', error)).finally(() => {
      if (this.#replacing.get(sender) === replacement) this.#replacing.delete(sender)
    })
  }

  /** One for both kinds: whoever plays `streams[0]` of a track event shall have sound and picture in it. */
  #ourStream(): MediaStream {
    const tracks = [this.#tracks.audio, this.#tracks.video].filter((track) => track !== null)
    return this.#stream ??= this.#options.createStream(tracks)
  }
}

function certificatesIn(sdp: string): ReadonlySet<string> {
  return new Set([...sdp.matchAll(/^a=fingerprint:(.+?)\s*$/gm)].map((match) => match[1]!.toLowerCase()))
}
