// How long to wait before trying again.
import type { Clock } from './clock'

const firstMs = 500
const longestMs = 8_000

/** 0.5 s doubling to 8 s with full jitter: thousands of phones that lost one server do not come back in one instant. */
export class Backoff {
  readonly #clock: Clock
  #ceilingMs = firstMs

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The next delay. `atLeastMs` is a Retry-After, which jitter may only lengthen. */
  next(atLeastMs = 0): number {
    const delayMs = this.#clock.random() * this.#ceilingMs
    this.#ceilingMs = Math.min(longestMs, this.#ceilingMs * 2)
    return atLeastMs + delayMs
  }

  /** After a success. */
  reset(): void {
    this.#ceilingMs = firstMs
  }
}
