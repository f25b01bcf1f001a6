// Media that stops coming is the first sign that this device came to another network, and where it has two links the only
// one: Chromium neither says so nor ends what is bound to the address that is gone. So whatever carries our signaling is
// distrusted then, once for everybody in the call, and again as long as it lasts.
import type { Clock } from '../protocol/clock'

/** What was sent at first and has no answer by then hangs. */
const secondMs = 1_000
const repeatMs = 2_000

export class Distrust {
  readonly #clock: Clock
  readonly #lasts: () => boolean
  readonly #onDistrust: () => void
  #cancelRepeat: (() => void) | null = null

  /** `lasts`: whether somebody is still away. */
  constructor(clock: Clock, lasts: () => boolean, onDistrust: () => void) {
    this.#clock = clock
    this.#lasts = lasts
    this.#onDistrust = onDistrust
  }

  /** Somebody's media stopped coming. Of several who go together the first counts. */
  begin(): void {
    if (!this.#cancelRepeat) this.#say(secondMs)
  }

  end(): void {
    this.#cancelRepeat?.()
    this.#cancelRepeat = null
  }

  #say(againMs: number): void {
    this.#cancelRepeat = this.#clock.after(againMs, () => {
      this.#cancelRepeat = null
      if (this.#lasts()) this.#say(repeatMs)
    })
    this.#onDistrust()
  }
}
