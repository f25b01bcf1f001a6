// How long a call without any media goes on: a minute of being awake. A page that slept, or was frozen, has heard nothing
// because it could not; it gets the whole time again.
import type { Clock } from '../protocol/clock'
import { passed } from './watchdog'

const lastsMs = 60_000
const stepMs = 1_000

export class Endurance {
  readonly #clock: Clock
  readonly #onOver: () => void
  #cancelStep: (() => void) | null = null
  #atMs = 0
  #enduredMs = 0

  constructor(clock: Clock, onOver: () => void) {
    this.#clock = clock
    this.#onOver = onOver
  }

  /** Whether there is something to endure. Saying the same again changes nothing. */
  try(tried: boolean): void {
    if (!tried) this.#stop()
    else if (!this.#cancelStep) this.#start()
  }

  #start(): void {
    this.#atMs = this.#clock.now()
    this.#enduredMs = 0
    this.#stepLater()
  }

  #stop(): void {
    this.#cancelStep?.()
    this.#cancelStep = null
  }

  #stepLater(): void {
    this.#cancelStep = this.#clock.after(stepMs, () => this.#step())
  }

  #step(): void {
    const now = this.#clock.now()
    const passedMs = passed(this.#atMs, now)
    this.#atMs = now
    this.#enduredMs = passedMs === null ? 0 : this.#enduredMs + passedMs
    if (this.#enduredMs < lastsMs) return this.#stepLater()
    this.#stop()
    this.#onOver()
  }
}
