// What a reload, or another page that took the seat, must not cost: the call, and what was captured for it. The seat
// remembers both; the way back captures the same again, muted as before.
import type { Clock } from '../protocol/clock'
import type { Seat, SeatKeeper } from '../protocol/seat'
import type { Call, CallId, MediaState } from '../protocol/types'
import type { Media } from './media'
import type { Problem } from './view'

export interface ComebackOptions {
  seats: SeatKeeper
  media: Media
  clock: Clock
}

type Captured = Pick<Seat, 'microphone' | 'camera' | 'facing'>

/** How often a call is written down as still on, for an app that is killed in it; see kept.ts. */
const seenEveryMs = 15_000
/** Contract: so long the server knows a call that has ended. One that it does not know any more was on so short a while ago: it has forgotten it. */
const rememberedMs = 120_000

export class Comeback {
  readonly #options: ComebackOptions
  /** How we lost camera and microphone in the middle of a call; null: we did not. */
  #lost: 'reload' | 'replaced' | null
  #restoring = false
  #asking = false
  readonly #openedMs: number
  #cancelSeen: (() => void) | null = null

  constructor(options: ComebackOptions, signal: AbortSignal) {
    this.#options = options
    this.#openedMs = options.clock.now()
    this.#lost = this.#call === null ? null : 'reload'
    signal.addEventListener('abort', () => this.#stopSeeing())
  }

  /** While it lasts nothing connects: with tracks from the first offer on. */
  get restoring(): boolean {
    return this.#restoring
  }

  /** The call that the seat remembers, if the server cannot have dropped it but by forgetting everything. */
  get recent(): Call | null {
    const { seat } = this.#options.seats
    if (!seat?.described || seat.described.id !== seat.call) return null
    const sinceMs = (this.#lost === 'reload' ? this.#openedMs : this.#options.clock.now()) - seat.seenAtMs
    return sinceMs < rememberedMs ? seat.described : null
  }

  /** Until it is known what has become of the call, the seat keeps what it remembers. */
  async await(news: Promise<void>): Promise<void> {
    this.#asking = true
    await news
    this.#asking = false
  }

  /** Another page has our seat, and a call with it. */
  get moved(): boolean {
    return this.#lost === 'replaced' && this.#call !== null
  }

  /** Out of the room; `replaced`: another page has our seat, and may give it back. */
  handleOutside(replaced: boolean): void {
    this.#stopSeeing()
    this.#lost = replaced ? 'replaced' : null
  }

  /** Whether this is the call that the seat remembers, and what was captured for it is still missing. */
  isDue(call: CallId | null): boolean {
    return this.#lost !== null && !this.#restoring && call !== null && this.#call === call
  }

  /** Captures what the seat remembers, or what the page that had it meanwhile told the room. Null, or why not. */
  async restore(told: MediaState | null): Promise<Problem | null> {
    const { media } = this.#options
    const { microphone, camera, facing } = this.#before(told)
    this.#lost = null
    this.#restoring = true
    media.setFacing(facing)
    if (microphone === 'off') media.setMuted(true)
    const problem = await media.capture({ audio: microphone !== 'none', video: camera === 'on' })
    this.#restoring = false
    return problem
  }

  /** Keeps in the seat what a reload will ask for. Not to be called before the first `hello`, nor while restoring: then it is the seat that knows. */
  remember(call: CallId | null, described: Call | null): void {
    const { seats, clock, media: { wanted, local } } = this.#options
    const { seat } = seats
    if (!seat || this.#asking) return
    this.#lost = null
    const now: Captured = { ...wanted, facing: local.facing }
    const isNews = seat.call !== call || !same(seat, now) || JSON.stringify(seat.described ?? null) !== JSON.stringify(described)
    if (isNews) seats.update({ call, described, ...now, seenAtMs: call === null ? 0 : clock.now() })
    if (call === null) this.#stopSeeing()
    else this.#cancelSeen ??= this.#see()
  }

  get #call(): CallId | null {
    return this.#options.seats.seat?.call ?? null
  }

  #before(told: MediaState | null): Captured {
    const { microphone = 'none', camera = 'none', facing = 'user' } = this.#options.seats.seat ?? {}
    if (this.#lost !== 'replaced' || !told) return { microphone, camera, facing }
    return { microphone: told.audio ? 'on' : microphone === 'none' ? 'none' : 'off', camera: told.video ? 'on' : 'none', facing }
  }

  #see(): () => void {
    const { seats, clock } = this.#options
    return clock.after(seenEveryMs, () => {
      seats.update({ seenAtMs: clock.now() })
      this.#cancelSeen = this.#see()
    })
  }

  #stopSeeing(): void {
    this.#cancelSeen?.()
    this.#cancelSeen = null
  }
}

function same(a: Captured, b: Captured): boolean {
  return a.microphone === b.microphone && a.camera === b.camera && a.facing === b.facing
}
