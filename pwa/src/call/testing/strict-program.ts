// Somebody's own program in a call: it follows the contract and the perfect negotiation of WebRTC §10.7, example 15, and
// knows nothing of what the app adds. Where a description is of another certificate it takes another connection.
import type { Outgoing, PeerId } from '../../protocol/types'
import type { Action } from './call-machine'
import { FakeTrack } from './fake-media'
import { StrictPc } from './strict-pc'
import { read, type Kind } from './strict-sdp'
import type { Surroundings, Wanted } from './strict-page'
import type { Reader, RoomEvent } from './strict-room'
import { Wire } from './wire'

type Said = { type: 'offer' | 'answer', sdp: string }

/** Its half of what it has with one other participant. */
class Talk {
  readonly pc: StrictPc
  readonly polite: boolean
  readonly #say: (type: string, data: object) => void
  readonly #wanted: () => Wanted
  #makingOffer = false
  #ignoreOffer = false
  #isSettingRemoteAnswerPending = false
  #inbox: Promise<void> = Promise.resolve()

  constructor(pc: StrictPc, polite: boolean, wanted: () => Wanted, say: (type: string, data: object) => void) {
    this.pc = pc
    this.polite = polite
    this.#wanted = wanted
    this.#say = say
    pc.onnegotiationneeded = () => void this.#offer()
    pc.onicecandidate = ({ candidate }) => { if (candidate) say('candidate', candidate.toJSON()) }
  }

  begin(): void {
    for (const [kind, track] of Object.entries(this.#wanted())) this.pc.addTransceiver(track ?? kind as Kind, { direction: track ? 'sendrecv' : 'recvonly' })
  }

  attach(): void {
    for (const transceiver of this.pc.getTransceivers()) {
      const track = this.#wanted()[transceiver.kind]
      void transceiver.sender.replaceTrack(track).catch(() => undefined)
      if (track && !this.pc.closed) transceiver.direction = 'sendrecv'
    }
  }

  hear(type: string, data: object): void {
    this.#inbox = this.#inbox.then(() => type === 'candidate' ? this.#take(data) : this.#handle(data as Said)).catch(() => undefined)
  }

  async #offer(): Promise<void> {
    try {
      this.#makingOffer = true
      await this.pc.setLocalDescription()
      this.#say('offer', this.pc.localDescription!)
    } finally {
      this.#makingOffer = false
    }
  }

  async #handle(description: Said): Promise<void> {
    const { pc } = this
    const readyForOffer = !this.#makingOffer && (pc.signalingState === 'stable' || this.#isSettingRemoteAnswerPending)
    const offerCollision = description.type === 'offer' && !readyForOffer
    this.#ignoreOffer = !this.polite && offerCollision
    if (this.#ignoreOffer) return
    this.#isSettingRemoteAnswerPending = description.type === 'answer'
    await pc.setRemoteDescription(description).finally(() => { this.#isSettingRemoteAnswerPending = false })
    if (description.type !== 'offer') return
    this.attach()
    await pc.setLocalDescription()
    this.#say('answer', pc.localDescription!)
  }

  async #take(candidate: RTCIceCandidateInit): Promise<void> {
    await this.pc.addIceCandidate(candidate).catch(() => undefined)
  }
}

let lastId = 0

export class StrictProgram {
  readonly peer: PeerId
  readonly pcs: StrictPc[] = []
  wanted: Wanted = { audio: new FakeTrack('audio'), video: new FakeTrack('video') }
  readonly #surroundings: Surroundings
  readonly #wire: Wire
  readonly #talks = new Map<PeerId, Talk>()
  #reader: Reader
  #queue: Outgoing[] = []
  #posting = false
  #participants: readonly PeerId[] = []

  constructor(peer: PeerId, surroundings: Surroundings) {
    this.peer = peer
    this.#surroundings = surroundings
    this.#wire = new Wire(surroundings.room.time, surroundings.badness)
    this.#reader = this.#subscribe()
  }

  pc(peer: PeerId): StrictPc | null {
    return this.#talks.get(peer)?.pc ?? null
  }

  mend(): void {
    this.#wire.mend()
  }

  setWanted(kind: Kind, on: boolean): void {
    this.wanted = { ...this.wanted, [kind]: on ? new FakeTrack(kind) : null }
    for (const talk of this.#talks.values()) talk.attach()
  }

  hangup(): void {
    this.#act({ type: 'hangup', peer: this.peer, reason: 'hangup' })
  }

  accept(): void {
    this.#act({ type: 'accept', peer: this.peer })
  }

  /** It has lost its place, or everything: negotiates afresh, by the first word even where that is not its to say. */
  beginAfresh(): void {
    this.#reader.close()
    this.#queue = []
    this.#reader = this.#subscribe()
    for (const peer of [...this.#talks.keys()]) this.#talkTo(peer).begin()
  }

  #act(action: Action): void {
    const { room } = this.#surroundings
    this.#wire.insist(() => room.act(room.call?.id ?? '', action)).catch(() => undefined) // refused
  }

  #subscribe(): Reader {
    const { room } = this.#surroundings
    const reader: Reader = room.subscribe(this.peer, null, (event) => this.#wire.deliver(() => { if (this.#reader === reader) this.#hear(event) }))
    return reader
  }

  #hear(event: RoomEvent): void {
    if (event.type === 'message') return this.#take(event.from, event.message)
    const { call } = event
    this.#participants = call?.state === 'active' && call.participants.includes(this.peer) ? call.participants : []
    for (const peer of this.#talks.keys()) if (!this.#participants.includes(peer)) this.#close(peer)
    for (const peer of this.#participants) {
      if (peer === this.peer || this.#talks.has(peer)) continue
      const talk = this.#talkTo(peer)
      if (!talk.polite) talk.begin()
    }
  }

  #take(from: PeerId, { type, data }: Outgoing): void {
    const talk = this.#talks.get(from)
    if (!talk || !['offer', 'answer', 'candidate'].includes(type)) return
    const known = talk.pc.currentRemote
    const stranger = type === 'offer' && known !== null && read(data as Said).fingerprint !== known.fingerprint
    ;(stranger ? this.#talkTo(from) : talk).hear(type, data as object)
  }

  #talkTo(peer: PeerId): Talk {
    this.#close(peer)
    const pc = new StrictPc(this.#surroundings.network)
    const polite = this.#participants.indexOf(this.peer) > this.#participants.indexOf(peer)
    const talk = new Talk(pc, polite, () => this.wanted, (type, data) => {
      if (this.#talks.get(peer) !== talk) return
      this.#queue.push({ id: `program-${++lastId}`, to: peer, call: 'c1', type, data })
      void this.#post()
    })
    this.pcs.push(pc)
    this.#talks.set(peer, talk)
    return talk
  }

  #close(peer: PeerId): void {
    this.#talks.get(peer)?.pc.close()
    this.#talks.delete(peer)
  }

  /** One after the other, each until it is answered. */
  async #post(): Promise<void> {
    if (this.#posting) return
    this.#posting = true
    for (let [message] = this.#queue; message; [message] = this.#queue) {
      const posted = message
      await this.#wire.insist(() => { this.#surroundings.room.post(this.peer, [posted]) })
      this.#queue = this.#queue.filter((each) => each !== posted)
    }
    this.#posting = false
  }
}
