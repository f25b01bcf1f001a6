// Two or more pages in one call over a server that orders what they say; for tests of what their connections do.
import { systemClock } from '../../protocol/clock'
import { decode } from '../../protocol/decode'
import type { Outgoing } from '../../protocol/types'
import { Mesh } from '../mesh'
import { FakeStream, FakeTrack } from './fake-media'
import { FakePc } from './fake-pc'

let lastId = 0

export interface Said { from: string, message: Omit<Outgoing, 'id'> }

export class FakePage {
  readonly peer: string
  readonly mesh: Mesh
  readonly pcs: FakePc[] = []
  readonly audio = new FakeTrack('audio')
  readonly video = new FakeTrack('video')
  /** How often media stopped coming. */
  troubles = 0
  /** How long fresh credentials take. */
  renewIce: () => Promise<void> = () => Promise.resolve()

  constructor(room: FakeRoom, peer: string, { tracks = true }: { tracks?: boolean } = {}) {
    this.peer = peer
    this.mesh = new Mesh({
      call: 'c1', self: peer, clock: systemClock,
      tracks: (tracks ? { audio: this.audio, video: this.video } : { audio: null, video: null }) as never,
      outbox: { send: (message) => room.say(peer, message), drop: () => undefined },
      createPeerConnection: () => {
        this.pcs.push(new FakePc())
        return this.pcs.at(-1) as unknown as RTCPeerConnection
      },
      createStream: (streamed) => new FakeStream(streamed as unknown as FakeTrack[]) as unknown as MediaStream,
      uuid: () => `connection-${++lastId}`,
      sends: (other) => room.sending.has(other),
      online: () => !room.offline.has(peer),
      renewIce: () => this.renewIce(),
      onTrouble: () => this.troubles++,
      onChange: () => undefined,
      log: () => undefined,
    })
  }

  /** Our connection to somebody, as it is now. */
  pc(peer: string): FakePc {
    return this.mesh.remotes.find((remote) => remote.peer === peer)!.pc as unknown as FakePc
  }

  state(peer: string) {
    return this.mesh.remotes.find((remote) => remote.peer === peer)?.state
  }
}

/** Somebody who follows the contract and no more: answers each offer, by a connection for itself if it is a stranger's. */
export class FakeProgram {
  readonly peer: string
  pc = new FakePc()
  readonly #say: (to: string, type: string, data: unknown) => void

  constructor(room: FakeRoom, peer: string) {
    this.peer = peer
    this.#say = (to, type, data) => room.say(peer, { to, call: 'c1', type, data })
  }

  async hear({ from, message: { type, data } }: Said): Promise<void> {
    if (type === 'candidate') return this.pc.addIceCandidate(data as RTCIceCandidateInit)
    if (type !== 'offer') return
    this.pc.close()
    this.pc = new FakePc()
    this.pc.onicecandidate = ({ candidate }) => { if (candidate) this.#say(from, 'candidate', candidate.toJSON()) }
    await this.pc.setRemoteDescription({ type, sdp: (data as { sdp: string }).sdp })
    await this.pc.setLocalDescription()
    this.#say(from, 'answer', this.pc.localDescription)
  }
}

export class FakeRoom {
  readonly pages = new Map<string, FakePage>()
  readonly programs = new Map<string, FakeProgram>()
  readonly log: Said[] = []
  /** What is said by these reaches nobody. */
  readonly lost = new Set<string>()
  /** Who sends sound or picture, as the room has it. */
  readonly sending = new Set<string>()
  /** Who knows that their signaling is cut. */
  readonly offline = new Set<string>()
  /** Latency of each message; the order is kept. */
  delayMs: () => number = () => 1
  #arrivesAtMs = 0

  /** A page opens, or opens anew in place of the one before. */
  open(peer: string, options?: { tracks?: boolean }): FakePage {
    const page = new FakePage(this, peer, options)
    if (options?.tracks ?? true) this.sending.add(peer)
    this.pages.set(peer, page)
    return page
  }

  say(from: string, message: Omit<Outgoing, 'id'>): void {
    const said: Said = { from, message: JSON.parse(JSON.stringify(message)) as Omit<Outgoing, 'id'> }
    this.log.push(said)
    if (this.lost.has(from)) return
    this.#arrivesAtMs = Math.max(this.#arrivesAtMs, Date.now() + this.delayMs())
    setTimeout(() => this.deliver(said), this.#arrivesAtMs - Date.now())
  }

  deliver(said: Said): void {
    const { from, message } = said
    const { to, call, type, data } = message
    const event = decode({ id: `e-${++lastId}`, type, from, to, call, data })
    if (event) this.pages.get(to)?.mesh.handle(event)
    void this.programs.get(to)?.hear(said)
  }

  types(from: string): string[] {
    return this.log.filter((said) => said.from === from).map((said) => said.message.type)
  }
}
