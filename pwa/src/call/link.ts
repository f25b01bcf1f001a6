// One RTCPeerConnection to one remote: whether it stands, whether media flows, which way it goes. Looks at its stats four
// times a second; what follows from what it sees is for remote.ts.
import { sleep, type Clock } from '../protocol/clock'
import type { DebugLog } from '../protocol/decode'
import type { Tracks } from './media'
import { Negotiation, type Description } from './negotiation'
import { pathOf } from './path'
import { hasArrived, nothingReceived, receivedOf, statsOf, type Stats } from './stats'
import { type Sight, Watchdog, type Health } from './watchdog'
import type { Path } from './view'

export interface LinkOptions {
  /** Our name for this connection on the wire. */
  id: string
  pc: RTCPeerConnection
  polite: boolean
  tracks: Tracks
  clock: Clock
  createStream(tracks: readonly MediaStreamTrack[]): MediaStream
  send(type: 'offer' | 'answer' | 'candidate', data: Description | RTCIceCandidateInit): void
  /** Whether the room says that they send sound or picture. */
  sends(): boolean
  /** Gives a connection ICE servers whose credentials are still good, and says whether it may use nothing but relays. */
  renewIce(pc: RTCPeerConnection, relayOnly: boolean): Promise<void>
  onLook(look: Look): void
  onChange(): void
  log: DebugLog
}

export interface Look extends Sight {
  readonly health: Health
  /** Both descriptions are set and no offer is under way. */
  readonly settled: boolean
  /** Media goes by another pair of candidates than at the look before. */
  readonly pathChanged: boolean
}

/** Media comes in 50 and more packets a second: a look that sees none for a second has not overlooked any. */
const lookEveryMs = 250
/** A restart does not wait longer for fresh credentials; the old ones may still do. */
const renewalMs = 1_000
/** A remote that promised tracks and has its camera off never unmutes them; after so long a connection without media is one, too. */
const mediaPatienceMs = 2_000
/** ICE may look for a way for ever without calling it failed; a person wants to know earlier. */
const latenessMs = 30_000

export class Link {
  readonly id: string
  readonly pc: RTCPeerConnection
  readonly negotiation: Negotiation
  readonly #options: LinkOptions
  #stream: MediaStream | null = null
  #state: 'connecting' | 'connected' | 'interrupted' = 'connecting'
  #flowing = false
  #late = false
  readonly #cancelLateness: () => void
  #path: Path | null = null
  #cancelPatience: (() => void) | null = null
  readonly #watchdog = new Watchdog()
  #received = nothingReceived
  #showsPicture = false
  #carries = false
  #looking = false
  #cancelLook: () => void = () => undefined
  #restarting = false
  #relayOnly = false
  #closed = false

  constructor(options: LinkOptions) {
    const { id, pc, polite, tracks, createStream, send, log } = options
    this.#options = options
    this.id = id
    this.pc = pc
    this.negotiation = new Negotiation({
      pc, polite, tracks, createStream,
      sendDescription: (description) => send(description.type, description),
      sendCandidate: (candidate) => send('candidate', candidate),
      onError: (action, error) => log('call: the browser refused', { action, error: error instanceof Error ? error.name : 'unknown' }),
    })
    this.#cancelLateness = options.clock.after(latenessMs, () => {
      this.#late = true
      options.onChange()
    })
    pc.ontrack = ({ track }) => this.#handleTrack(track)
    pc.onconnectionstatechange = () => this.#handleState()
    pc.oniceconnectionstatechange = () => this.#handleState()
    this.#lookLater()
  }

  /** Null until the first track came. */
  get stream(): MediaStream | null {
    return this.#stream
  }

  get path(): Path | null {
    return this.#path
  }

  /** `connected` once packets of media came, not when they could. */
  get state(): 'connecting' | 'connected' | 'interrupted' {
    return this.#state === 'connected' && !this.#flowing ? 'connecting' : this.#state
  }

  /** No media came, in either way, for so long that something must be wrong. It may still come. */
  get late(): boolean {
    return this.#late && !this.#flowing
  }

  /** Whether it is of use: what they send came, at the last look. */
  get carries(): boolean {
    return this.#state === 'connected' && this.#carries
  }

  /** Whether the picture moved, at the last look. */
  get showsPicture(): boolean {
    return this.#showsPicture
  }

  /** Looks now, because something happened, and not only when it is time. */
  async look(): Promise<void> {
    if (this.#looking || this.#closed) return
    this.#looking = true
    this.#cancelLook()
    const report = await this.pc.getStats().catch(() => new Map() as RTCStatsReport)
    this.#looking = false
    if (this.#closed) return
    this.#lookLater()
    this.#see(statsOf(report))
  }

  /** Asks for new ICE credentials by a new offer. Nothing, while an offer is under way: it would only cause another one after it. */
  async restart({ relayOnly = false } = {}): Promise<void> {
    const { renewIce, clock } = this.#options
    if (this.#restarting) return
    this.#restarting = true
    this.#relayOnly = relayOnly
    await Promise.race([renewIce(this.pc, relayOnly), sleep(clock, renewalMs)])
    this.#restarting = false
    if (!this.#closed && this.pc.signalingState === 'stable') this.pc.restartIce()
  }

  /** They restart: that our own last try was by relays alone is no reason to answer that way. */
  widen(): void {
    if (!this.#relayOnly) return
    this.#relayOnly = false
    void this.#options.renewIce(this.pc, false)
  }

  /**
   * Has our camera encoded anew from nothing. After an interruption the other side decodes nothing until then, and asks for it
   * up to three seconds late, for its last request went nowhere. Where a browser does not know how to, it waits.
   */
  async sendWholePicture(): Promise<void> {
    const sender = this.pc.getTransceivers().find((line) => line.sender.track?.kind === 'video')?.sender
    try {
      const setParameters = sender?.setParameters.bind(sender) as SetParameters | undefined
      await setParameters?.(sender!.getParameters(), { encodingOptions: [{ keyFrame: true }] })
    } catch (error) {
      this.#options.log('call: no whole picture', { error: error instanceof Error ? error.name : 'unknown' })
    }
  }

  close(): void {
    this.#closed = true
    this.#cancelLateness()
    this.#cancelPatience?.()
    this.#cancelLook()
    const { pc } = this
    pc.onnegotiationneeded = pc.onicecandidate = pc.ontrack = pc.onconnectionstatechange = pc.oniceconnectionstatechange = null
    pc.close()
  }

  #handleTrack(track: MediaStreamTrack): void {
    if (this.#stream) this.#stream.addTrack(track)
    else this.#stream = this.#options.createStream([track])
    // A remote track is muted until its first packet (WebRTC §5.3).
    if (track.muted) track.addEventListener('unmute', () => this.#flow(), { once: true })
    else this.#flow()
    this.#options.onChange()
  }

  #flow(): void {
    if (this.#flowing || this.#closed) return
    this.#flowing = true
    this.#cancelLateness()
    this.#options.onChange()
  }

  #handleState(): void {
    const ice = iceOf(this.pc)
    if (ice === 'failed') void this.look()
    const interrupted = ice === 'disconnected' || ice === 'failed'
    const state = interrupted ? 'interrupted' : ice === 'open' ? 'connected' : this.#state
    if (state === this.#state) return
    this.#state = state
    if (state === 'connected') {
      if (!this.#stream) this.#flow() // they send nothing: there is nothing to wait for
      this.#cancelPatience ??= this.#options.clock.after(mediaPatienceMs, () => this.#flow())
      void this.look()
    }
    this.#options.onChange()
  }

  #lookLater(): void {
    this.#cancelLook()
    this.#cancelLook = this.#options.clock.after(lookEveryMs, () => void this.look())
  }

  #see(stats: Stats): void {
    const { pc } = this
    const atMs = this.#options.clock.now()
    const received = receivedOf(stats)
    const before = this.#received
    const arrived = hasArrived(before, received)
    this.#showsPicture = received.frames !== before.frames
    const pathChanged = before.pair !== undefined && before.pair !== received.pair
    this.#received = received
    const sending = this.#options.sends() && pc.getTransceivers().some(({ currentDirection }) => currentDirection === 'sendrecv' || currentDirection === 'recvonly')
    const sight: Sight = { atMs, arrived, flowed: received.packets > 0, sending, ice: iceOf(pc) }
    this.#carries = arrived || !sending
    const settled = pc.signalingState === 'stable' && pc.remoteDescription !== null
    this.#options.onLook({ ...sight, health: this.#watchdog.look(sight), settled, pathChanged })
    if (!this.#closed) this.#follow(pathOf(stats))
  }

  #follow(path: Path | null): void {
    if (path === this.#path || path === null) return
    this.#path = path
    this.#options.onChange()
  }
}

/** WebRTC Extensions §5: RTCSetParameterOptions. */
type SetParameters = (parameters: RTCRtpSendParameters, options: { encodingOptions: { keyFrame: boolean }[] }) => Promise<void>

function iceOf({ connectionState, iceConnectionState }: RTCPeerConnection): Sight['ice'] {
  if (connectionState === 'failed' || iceConnectionState === 'failed') return 'failed'
  if (connectionState === 'disconnected' || iceConnectionState === 'disconnected') return 'disconnected'
  return connectionState === 'connected' ? 'open' : 'looking'
}
