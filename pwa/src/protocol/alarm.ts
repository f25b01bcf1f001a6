// Timers of a page that may sleep: frozen, throttled in the background, or blocked by its own work. It then sees late what was
// in time, and must not blame the network.
import type { Clock } from './clock'

/** Browsers wake the timers of a hidden page once a second. */
const punctualMs = 1_500
const pulseMs = 500
/** A pulse that comes so late missed something. */
const breakMs = 700

/** One timer at a time, which knows whether it rings when it should. */
export class Alarm {
  readonly #clock: Clock
  #cancel: (() => void) | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isSet(): boolean {
    return this.#cancel !== null
  }

  /** Takes the place of what was set before. `asleep`: the page was, so nothing can be said about the time since. */
  set(delayMs: number, ring: (asleep: boolean) => void): void {
    this.cancel()
    const dueMs = this.#clock.now() + delayMs
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#cancel = null
      ring(this.#clock.now() - dueMs > punctualMs)
    })
  }

  cancel(): void {
    this.#cancel?.()
    this.#cancel = null
  }
}

/** Since when the page has been awake without a break, as far as anybody looked. */
export class Wakefulness {
  readonly #clock: Clock
  #sinceMs = Infinity
  #lastMs = 0
  #cancel: (() => void) | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Begins to look; until end() it costs a timer. */
  begin(): void {
    this.end()
    this.#sinceMs = this.#lastMs = this.#clock.now()
    this.#tick()
  }

  end(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#sinceMs = Infinity
  }

  /** In ms since 1970; Infinity while nobody looks. */
  get sinceMs(): number {
    this.#look()
    return this.#sinceMs
  }

  #tick(): void {
    this.#cancel = this.#clock.after(pulseMs, () => {
      this.#look()
      this.#tick()
    })
  }

  #look(): void {
    const now = this.#clock.now()
    if (this.#sinceMs !== Infinity && now - this.#lastMs > pulseMs + breakMs) this.#sinceMs = now
    this.#lastMs = now
  }
}
