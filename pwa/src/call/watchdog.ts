// Whether media comes over one connection, judged look by look. ICE says `disconnected` six seconds late, and of a path
// that dies without a word somewhere on the way perhaps never; what arrives is the truth.
//
// Time is counted between looks, and what counts is whether anything came since the look before: looks that a page in
// the background gets to make only once a second see the packets in between all the same. A look that comes later than
// any throttling explains was kept from happening by sleep; the silence before it says nothing.

/** What is to be seen of a connection at one moment. */
export interface Sight {
  readonly atMs: number
  /** Anything of theirs came since the look before: sound, picture, or a report of theirs about ours. */
  readonly arrived: boolean
  /** Sound or picture came over this connection at some time. */
  readonly flowed: boolean
  /** They send, by the word of the room and by what was negotiated. Muted with the camera off, or on hold, they need not. */
  readonly sending: boolean
  /** `open` when ICE says that it has a way, `looking` while it has not decided. */
  readonly ice: 'looking' | 'open' | 'disconnected' | 'failed'
}

/** `silent`: nothing of somebody who is sending. `apart` and `failed` are what ICE says, the first once it can be believed. */
export type Health = 'well' | 'silent' | 'apart' | 'failed'

const silenceMs = 1_000
/** `disconnected` may pass by itself (WebRTC §5.6.3); after so long it is taken at its word even if nobody is sending. */
const apartMs = 1_000
/** No timer of a page that is awake is this late. */
export const sleptMs = 5_000

export class Watchdog {
  #atMs: number | null = null
  #quietMs = 0
  /** Null unless the look before found it `disconnected`, too. */
  #apartMs: number | null = null
  #health: Health = 'well'

  get health(): Health {
    return this.#health
  }

  look({ atMs, arrived, flowed, sending, ice }: Sight): Health {
    const passedMs = passed(this.#atMs, atMs)
    this.#atMs = atMs
    const fresh = arrived || !sending || passedMs === null
    this.#quietMs = fresh ? 0 : this.#quietMs + passedMs
    this.#apartMs = ice !== 'disconnected' ? null : this.#apartMs === null || passedMs === null ? 0 : this.#apartMs + passedMs
    const silent = flowed && this.#quietMs >= silenceMs
    const apart = this.#apartMs !== null && this.#apartMs >= apartMs
    this.#health = ice === 'failed' ? 'failed' : silent ? 'silent' : apart ? 'apart' : 'well'
    return this.#health
  }
}

/** Milliseconds between two looks; null for the first, and for a time that was slept through. */
export function passed(beforeMs: number | null, nowMs: number): number | null {
  if (beforeMs === null) return null
  const ms = nowMs - beforeMs
  return ms > sleptMs || ms < 0 ? null : ms
}
