// One RTCPeerConnection to one remote: whether it stands, whether media flows, which way it goes.
import type { Clock } from '../protocol/clock'
import type { DebugLog } from '../protocol/decode'
import type { Tracks } from './media'
import { Negotiation, type Description } from './negotiation'
import { pathOf } from './path'
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
  onChange(): void
  log: DebugLog
}

/** A remote that promised tracks and has its camera off never unmutes them; after so long a connection without media is one, too. */
const mediaPatienceMs = 2_000
const pathIntervalMs = 3_000
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
  #cancelPath: (() => void) | null = null
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
    pc.oniceconnectionstatechange = () => {
      if (pc.iceConnectionState === 'failed') pc.restartIce()
      this.#handleState()
    }
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

  close(): void {
    this.#closed = true
    this.#cancelLateness()
    this.#cancelPatience?.()
    this.#cancelPath?.()
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
    const { connectionState, iceConnectionState } = this.pc
    const interrupted = connectionState === 'disconnected' || connectionState === 'failed' || iceConnectionState === 'disconnected' || iceConnectionState === 'failed'
    const state = interrupted ? 'interrupted' : connectionState === 'connected' ? 'connected' : this.#state
    if (state === this.#state) return
    this.#state = state
    if (state === 'connected') {
      if (!this.#stream) this.#flow() // they send nothing: there is nothing to wait for
      this.#cancelPatience ??= this.#options.clock.after(mediaPatienceMs, () => this.#flow())
      void this.#watchPath()
    }
    this.#options.onChange()
  }

  async #watchPath(): Promise<void> {
    this.#cancelPath?.()
    const path = pathOf(await this.pc.getStats().catch(() => new Map() as RTCStatsReport))
    if (this.#closed) return
    this.#cancelPath?.()
    this.#cancelPath = this.#options.clock.after(pathIntervalMs, () => void this.#watchPath())
    if (path === this.#path || path === null) return
    this.#path = path
    this.#options.onChange()
  }
}
