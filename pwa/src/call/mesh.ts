// The connections of one call: one to every other participant.
import type { Clock } from '../protocol/clock'
import { addressed, type DebugLog, type Message, type OwnWord, type StreamEvent } from '../protocol/decode'
import type { Outbox } from '../protocol/outbox'
import type { CallId, PeerId } from '../protocol/types'
import type { Tracks } from './media'
import { Remote, type Signal } from './remote'

export interface MeshOptions {
  call: CallId
  self: PeerId
  tracks: Tracks
  outbox: Pick<Outbox, 'send' | 'drop'>
  clock: Clock
  createPeerConnection(): RTCPeerConnection
  createStream(tracks: readonly MediaStreamTrack[]): MediaStream
  uuid(): string
  /** Whether the room says that somebody sends sound or picture. */
  sends(peer: PeerId): boolean
  /** Whether what we send is delivered. */
  online(): boolean
  /** See link.ts. */
  renewIce(pc: RTCPeerConnection, relayOnly: boolean): Promise<void>
  /** Media stopped coming from somebody. */
  onTrouble(): void
  onChange(): void
  log: DebugLog
}

/** The app's own word (contract: Messages between peers); see remote.ts. */
export const readyWord = 'ready'

const everybody = () => true

export class Mesh {
  readonly #options: MeshOptions
  readonly #remotes = new Map<PeerId, Remote>()
  #tracks: Tracks

  constructor(options: MeshOptions) {
    this.#options = options
    this.#tracks = options.tracks
  }

  get call(): CallId {
    return this.#options.call
  }

  get remotes(): readonly Remote[] {
    return [...this.#remotes.values()]
  }

  /**
   * Follows the participants of a `call` event: connects to who is new, closes who is gone. `afresh`: we were in this call
   * before and have forgotten it (a reload, leaving and coming back).
   */
  update(participants: readonly PeerId[], afresh = false): void {
    const mine = participants.indexOf(this.#options.self)
    for (const [peer, remote] of this.#remotes) {
      const theirs = participants.indexOf(peer)
      // Order changes when somebody left and came back while we were not looking.
      if (theirs === -1 || remote.polite !== mine > theirs) this.#close(remote)
    }
    participants.forEach((peer, theirs) => {
      if (peer !== this.#options.self && !this.#remotes.has(peer)) this.#open(peer, mine > theirs, afresh)
    })
  }

  /** Signaling is back: what waited for it need not wait until it is looked at the next time. */
  look(): void {
    for (const remote of this.remotes) remote.look()
  }

  /** This device came to another network. */
  handleNetworkChange(): void {
    for (const remote of this.remotes) remote.handleNetworkChange()
  }

  /** What was said between us may be lost: the negotiation with each of `whom` starts again. */
  beginAfresh(whom: (peer: PeerId) => boolean = everybody): void {
    for (const remote of this.remotes) if (whom(remote.peer)) remote.beginAfresh()
  }

  /** Takes what is of this call and from a participant; all else is of another time. */
  handle(event: StreamEvent): void {
    if (!isFromPeer(event) || event.call !== this.#options.call) return
    const signal = signalOf(event)
    if (signal) this.#remotes.get(event.from)?.handle(signal)
  }

  setTracks(tracks: Tracks): void {
    this.#tracks = tracks
    for (const remote of this.remotes) remote.setTracks(tracks)
  }

  close(): void {
    for (const remote of this.remotes) this.#close(remote)
  }

  #open(peer: PeerId, polite: boolean, afresh: boolean): void {
    const { call, outbox, sends } = this.#options
    const remote = new Remote({
      ...this.#options,
      peer,
      polite,
      tracks: this.#tracks,
      sends: () => sends(peer),
      send: (type, data) => outbox.send({ to: peer, call, type, data }),
    })
    this.#remotes.set(peer, remote)
    remote.begin(afresh)
  }

  #close(remote: Remote): void {
    this.#remotes.delete(remote.peer)
    this.#options.outbox.drop((message) => message.to === remote.peer && message.call === this.#options.call)
    remote.close()
  }
}

function isFromPeer(event: StreamEvent): event is Message | OwnWord {
  return 'from' in event
}

function signalOf(event: Message | OwnWord): Signal | null {
  if (event.type !== 'other') return event
  if (event.word !== readyWord || typeof event.data !== 'object' || event.data === null) return null
  return { type: 'ready', ...addressed(event.data as Record<string, unknown>) }
}
