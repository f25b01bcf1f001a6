// What a reload, or another page that took the seat, must not cost: the call, and what was captured for it. The seat
// remembers both; the way back captures the same again, muted as before.
import type { SeatKeeper } from '../protocol/seat'
import type { Call } from '../protocol/types'
import type { Media } from './media'
import type { Problem } from './view'

export interface ComebackOptions {
  seats: SeatKeeper
  media: Media
}

export class Comeback {
  readonly #options: ComebackOptions
  /** We lost camera and microphone in the middle of a call. */
  #robbed: boolean
  #restoring = false

  constructor(options: ComebackOptions) {
    this.#options = options
    this.#robbed = (options.seats.seat?.call ?? null) !== null
  }

  /** While it lasts nothing connects: with tracks from the first offer on. */
  get restoring(): boolean {
    return this.#restoring
  }

  /** Out of the room; `robbed`: because another page has our seat, and may give it back. */
  handleOutside(robbed: boolean): void {
    this.#robbed = robbed
  }

  /** Whether this is the call that the seat remembers, and what was captured for it is still missing. */
  isDue(call: Call | null): boolean {
    return this.#robbed && !this.#restoring && call !== null && this.#options.seats.seat?.call === call.id
  }

  /** Captures what the seat remembers. Null, or why not. */
  async restore(): Promise<Problem | null> {
    const { seats, media } = this.#options
    const { microphone = 'none', camera = 'none' } = seats.seat ?? {}
    this.#robbed = false
    this.#restoring = true
    if (microphone === 'off') media.setMuted(true)
    const problem = await media.capture({ audio: microphone !== 'none', video: camera === 'on' })
    this.#restoring = false
    return problem
  }

  /** Keeps in the seat what a reload will ask for. Not to be called before the first `hello`: until then it is the seat that knows. */
  remember(call: Call | null): void {
    const { seats, media: { tracks, local } } = this.#options
    const { seat } = seats
    if (!seat || this.#restoring) return
    this.#robbed = false
    const id = call?.id ?? null
    const microphone = !tracks.audio ? 'none' : local.audio ? 'on' : 'off'
    const camera = tracks.video ? 'on' : 'none'
    if (seat.call !== id || seat.microphone !== microphone || seat.camera !== camera) seats.update({ call: id, microphone, camera })
  }
}
