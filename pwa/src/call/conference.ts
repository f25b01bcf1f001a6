// The connections of the call we are in, whichever that is, and what they amount to.
import type { Outbox } from '../protocol/outbox'
import type { StreamEvent } from '../protocol/decode'
import type { Call, CallId, PeerId } from '../protocol/types'
import type { Environment } from './environment'
import { Distrust } from './distrust'
import type { IceServers } from './ice'
import type { Tracks } from './media'
import { Endurance } from './endurance'
import { Mesh } from './mesh'
import { mediaBlocked } from './problems'
import type { Remote } from './remote'
import type { CallState } from './state'
import type { Problem } from './view'

export interface ConferenceOptions {
  environment: Environment
  ice: IceServers
  outbox: Outbox
  tracks(): Tracks
  /** Whether the room says that somebody sends sound or picture. */
  sends(peer: PeerId): boolean
  /** A time of the server's by our clock. */
  timeOf(at: string | undefined): number
  onChange(): void
  /** Media stopped coming. What else goes over this network may have died with it. Said again as long as it lasts. */
  onTrouble(): void
  /** Nobody in this call was heard or seen any more for so long that it is over for us. */
  onLost(call: CallId): void
}

export class Conference {
  readonly #options: ConferenceOptions
  /** Calls this page, or the one before the reload, was in: whoever comes back into one begins afresh (see remote.ts). */
  readonly #entered = new Set<CallId>()
  #mesh: Mesh | null = null
  /** Ends with the call of `mesh`. */
  #inCall = new AbortController()
  #connectedAtMs: number | null = null
  #online = false
  readonly #endurance: Endurance
  readonly #distrust: Distrust

  constructor(options: ConferenceOptions) {
    this.#options = options
    this.#distrust = new Distrust(options.environment.clock, () => this.remotes.some(({ state }) => state === 'reconnecting'), options.onTrouble)
    this.#endurance = new Endurance(options.environment.clock, () => {
      if (this.#mesh) options.onLost(this.#mesh.call)
    })
  }

  get remotes(): readonly Remote[] {
    return this.#mesh?.remotes ?? []
  }

  /** When this call was answered, by our clock; null until media flows. */
  get connectedAtMs(): number | null {
    return this.#connectedAtMs
  }

  get media(): CallState['media'] {
    if (this.remotes.some((remote) => remote.state === 'connected')) return 'flowing'
    return this.remotes.some((remote) => remote.state === 'reconnecting') ? 'interrupted' : 'none'
  }

  /** What to tell where no way for media was ever found to somebody. */
  get blocked(): Problem | null {
    const blocked = this.remotes.filter((remote) => remote.blocked)
    if (blocked.length === 0) return null
    if (!this.#options.ice.relays) return mediaBlocked.withoutRelay
    return blocked.some((remote) => remote.lacksRelay) ? mediaBlocked.withoutTheirs : mediaBlocked.altogether
  }

  /** We were in this call before a reload, and have forgotten everything said there. */
  wasIn(call: CallId): void {
    this.#entered.add(call)
  }

  /** Has connections for exactly this call, or for none. Calling it again with the same is harmless. */
  follow(call: Call | null, self: PeerId): void {
    if (this.#mesh && this.#mesh.call !== call?.id) this.#exit(this.#mesh)
    if (call && this.#mesh) this.#mesh.update(call.participants)
    else if (call) this.#enter(call, self)
    if (call && this.media === 'flowing') this.#connectedAtMs ??= this.#options.timeOf(call.answeredAt)
    this.#endurance.try(this.media === 'interrupted')
  }

  handle(event: StreamEvent): void {
    this.#mesh?.handle(event)
  }

  setTracks(tracks: Tracks): void {
    this.#mesh?.setTracks(tracks)
  }

  /** The call we have connections for; null for none. */
  get call(): CallId | null {
    return this.#mesh?.call ?? null
  }

  /** What was said may be lost: negotiates everything anew, with all or some. */
  beginAfresh(whom?: (peer: PeerId) => boolean): void {
    this.#mesh?.beginAfresh(whom)
  }

  /** Whether what we say to the others is delivered. */
  setOnline(online: boolean): void {
    this.#online = online
    if (online) this.#mesh?.look()
  }

  /** This device came to another network. */
  handleNetworkChange(): void {
    this.#mesh?.handleNetworkChange()
  }

  #enter(call: Call, self: PeerId): void {
    const { environment, ice, outbox, tracks, sends, onChange } = this.#options
    const { clock, uuid, log, createStream, createPeerConnection } = environment
    if (!createPeerConnection) return // told when a call was begun or accepted
    this.#inCall = new AbortController()
    void ice.refresh()
    ice.keepFresh(this.#inCall.signal)
    this.#mesh = new Mesh({
      call: call.id, self, tracks: tracks(), outbox, clock, uuid, log, createStream, sends, onChange,
      onTrouble: () => this.#distrust.begin(),
      online: () => this.#online,
      createPeerConnection: () => createPeerConnection(this.#configuration),
      renewIce: (pc, relayOnly) => this.#renewIce(pc, relayOnly),
    })
    this.#mesh.update(call.participants, this.#entered.has(call.id))
    this.#entered.add(call.id)
  }

  get #configuration(): RTCConfiguration {
    return { iceServers: this.#options.ice.current, bundlePolicy: 'max-bundle' }
  }

  /** Credentials of a relay may have run out since the connection was made (WebRTC §4.4.1.6: new servers are for the next gathering). */
  async #renewIce(pc: RTCPeerConnection, relayOnly: boolean): Promise<void> {
    await this.#options.ice.refresh()
    try {
      const iceTransportPolicy = relayOnly && this.#options.ice.relays ? 'relay' : 'all' // without one there would be nothing at all
      pc.setConfiguration({ ...this.#configuration, iceTransportPolicy })
    } catch (error) {
      this.#options.environment.log('call: ICE servers were not taken', { error: error instanceof Error ? error.name : 'unknown' })
    }
  }

  #exit(mesh: Mesh): void {
    this.#mesh = null
    this.#endurance.try(false)
    this.#distrust.end()
    this.#inCall.abort()
    this.#connectedAtMs = null
    mesh.close()
    this.#options.outbox.drop((message) => message.call === mesh.call)
  }
}
