// The rung that this network allowed a moment ago, for the next page of this origin: a call must not begin with finding out again.
import type { Clock } from './clock'
import type { SeatStorage } from './seat'
import { rungs } from './ladder'
import { fields, number } from './shapes'
import type { Rung } from './transport'

const key = 'yodel.rung'
/** Networks change; after this the best way is tried first again. */
const rememberedMs = 600_000

export class RungMemory {
  readonly #storage: SeatStorage | null
  readonly #clock: Clock

  /** `storage` null: every page finds out for itself. */
  constructor(storage: SeatStorage | null, clock: Clock) {
    this.#storage = storage
    this.#clock = clock
  }

  /** `sse` where nothing else is remembered. */
  get rung(): Rung {
    try {
      const raw = fields(JSON.parse(this.#storage?.getItem(key) ?? ''), 'rung')
      const ageMs = this.#clock.now() - number(raw['atMs'], 'atMs')
      const rung = rungs.find((known) => known === raw['rung'])
      return rung && ageMs >= 0 && ageMs < rememberedMs ? rung : 'sse'
    } catch {
      return 'sse' // nothing there, another version's, or forbidden to read
    }
  }

  set rung(rung: Rung) {
    try {
      if (rung === 'sse') this.#storage?.removeItem(key)
      else this.#storage?.setItem(key, JSON.stringify({ rung, atMs: this.#clock.now() }))
    } catch {
      // Full or forbidden.
    }
  }
}
