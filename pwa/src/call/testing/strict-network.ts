// Where the model connections of strict-pc.ts live: which of them reach each other, and how long anything takes.
import type { FakeTrack } from './fake-media'
import type { StrictPc } from './strict-pc'
import { receives, sends } from './strict-sdp'
import type { Transceiver } from './strict-transceiver'
import type { VirtualTime } from './virtual-time'

/** As measured with Chromium: how long ICE hopes after the last packet. */
const disconnectedAfterMs = 5_800
const failedAfterMs = 15_800

/** What came by one line so far; `sinceMs` while it comes. */
interface Played { packets: number, sinceMs: number | null }

const packetEveryMs = 20

export class Network {
  readonly time: VirtualTime
  /** What no browser would notice: two sides that agreed on different things. */
  readonly mistakes: string[] = []
  readonly #pcs = new Map<string, StrictPc>()
  /** By what credentials each is connected, or was last. */
  readonly #ways = new Map<StrictPc, string>()
  /** Credentials whose way is gone for good. */
  readonly #broken = new Set<string>()
  readonly #played = new Map<FakeTrack, Played>()
  readonly #slowestMs: number
  #lastId = 0

  /** `slowestMs`: the most that one operation of a connection takes. */
  constructor(time: VirtualTime, slowestMs: number) {
    this.time = time
    this.#slowestMs = slowestMs
  }

  add(pc: StrictPc): string {
    const id = `pc${++this.#lastId}`
    this.#pcs.set(id, pc)
    return id
  }

  remove(pc: StrictPc): void {
    this.#pcs.delete(pc.id)
    for (const other of this.#pcs.values()) if (other.currentRemote?.fingerprint === pc.id) this.#lose(other)
  }

  /** A task of a browser's. */
  soon(task: () => void): void {
    this.time.after(this.time.upTo(this.#slowestMs), task)
  }

  oneByOne<T>(items: readonly T[], task: (item: T) => void): void {
    const [first, ...rest] = items
    if (first === undefined) return
    this.soon(() => {
      task(first)
      this.oneByOne(rest, task)
    })
  }

  /** The way that these two have found is gone; only new credentials find another. */
  break(pc: StrictPc | null): void {
    for (const each of pc ? [pc, this.partnerOf(pc)] : []) {
      if (!each?.currentLocal) continue
      this.#broken.add(this.#ways.get(each) ?? each.currentLocal.ufrag)
      this.#lose(each)
    }
    this.look()
  }

  /** The other end, if each talks to the other. */
  partnerOf(pc: StrictPc): StrictPc | null {
    const other = this.#pcs.get(pc.currentRemote?.fingerprint ?? '')
    return other?.currentRemote?.fingerprint === pc.id ? other : null
  }

  /** Connects whoever can be. What flows goes on flowing while something else is being agreed on. */
  look(): void {
    for (const pc of this.#pcs.values()) {
      if (!this.#reaches(pc)) continue
      this.#ways.set(pc, pc.currentLocal!.ufrag)
      pc.become('connected')
    }
    for (const pc of this.#pcs.values()) {
      for (const transceiver of pc.transceivers) this.#play(transceiver, this.plays(pc, transceiver))
    }
  }

  /** Whether media comes by this line. */
  plays(pc: StrictPc, { mid, currentDirection, announced }: Transceiver): boolean {
    const partner = this.partnerOf(pc)
    const theirs = partner?.transceivers.find((each) => each.mid === mid)
    if (!partner || mid === null || !theirs?.sender.track || !sends(theirs.currentDirection) || !receives(currentDirection) || !announced) return false
    return [pc, partner].every((end) => end.connectionState === 'connected' && !this.#broken.has(this.#ways.get(end) ?? ''))
  }

  statsOf(pc: StrictPc): Map<string, object> {
    const lines = pc.transceivers.map((transceiver) => {
      const packetsReceived = this.#packets(this.#playedBy(transceiver.receiver.track))
      return { type: 'inbound-rtp', id: `in-${transceiver.mid}`, kind: transceiver.kind, packetsReceived, bytesReceived: 100 * packetsReceived }
    })
    return new Map(lines.filter(({ packetsReceived }) => packetsReceived > 0).map((stat) => [stat.id, stat]))
  }

  #play({ receiver }: Transceiver, playing: boolean): void {
    const played = this.#playedBy(receiver.track)
    if (playing === (played.sinceMs !== null)) return
    played.packets = this.#packets(played)
    played.sinceMs = playing ? this.time.now() : null
    receiver.track.setMuted(!playing)
  }

  #packets({ packets, sinceMs }: Played): number {
    return packets + (sinceMs === null ? 0 : Math.floor((this.time.now() - sinceMs) / packetEveryMs))
  }

  #playedBy(track: FakeTrack): Played {
    const played = this.#played.get(track) ?? { packets: 0, sinceMs: null }
    this.#played.set(track, played)
    return played
  }

  #reaches(pc: StrictPc): boolean {
    const partner = this.partnerOf(pc)
    if (!partner || pc.currentRemote!.ufrag !== partner.currentLocal!.ufrag || partner.currentRemote!.ufrag !== pc.currentLocal!.ufrag) return false
    return [pc, partner].every((end) => !this.#broken.has(end.currentLocal!.ufrag) && (end.applied.get(end.currentRemote!.ufrag)?.length ?? 0) > 0)
  }

  #lose(pc: StrictPc): void {
    const ufrag = pc.currentLocal?.ufrag
    const still = () => pc.currentLocal?.ufrag === ufrag && !this.#reaches(pc)
    this.time.after(disconnectedAfterMs, () => { if (still()) pc.become('disconnected') })
    this.time.after(failedAfterMs, () => { if (still()) pc.become('failed') })
  }
}
