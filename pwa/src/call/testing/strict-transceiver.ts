// One m-line of the model connection in strict-pc.ts.
import { FakeTrack } from './fake-media'
import type { Direction, Kind } from './strict-sdp'

/** What a transceiver needs of its connection. */
export interface Host {
  operate<T>(operation: () => T): Promise<T>
  updateNegotiationNeeded(): void
  refuseClosed(): void
}

export class Transceiver {
  readonly kind: Kind
  /** Null until an offer names it. */
  mid: string | null = null
  currentDirection: Direction | null = null
  /** Of the streams that our track belongs to. Never empty on the wire: `-` is “of none”. */
  msid: string
  /** The other side says that it sends. */
  announced = false
  readonly sender: { track: FakeTrack | null, replaceTrack(track: FakeTrack | null): Promise<void>, setStreams(...streams: MediaStream[]): void }
  readonly receiver: { track: FakeTrack }
  readonly #host: Host
  #direction: Direction

  constructor(host: Host, kind: Kind, direction: Direction, track: FakeTrack | null, streams: readonly MediaStream[]) {
    this.#host = host
    this.kind = kind
    this.#direction = direction
    this.msid = msidOf(streams)
    this.receiver = { track: new FakeTrack(kind, { muted: true }) }
    this.sender = {
      track,
      replaceTrack: (other) => host.operate(() => { this.sender.track = other }),
      setStreams: (...others) => {
        host.refuseClosed()
        this.msid = msidOf(others)
        host.updateNegotiationNeeded()
      },
    }
  }

  get direction(): Direction {
    return this.#direction
  }

  set direction(direction: Direction) {
    this.#host.refuseClosed()
    if (direction === this.#direction) return
    this.#direction = direction
    this.#host.updateNegotiationNeeded()
  }
}

function msidOf(streams: readonly MediaStream[]): string {
  return streams.map(({ id }) => id).join(',') || '-'
}
