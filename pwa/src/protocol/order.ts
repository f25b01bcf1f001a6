// The one order of the room's events as this page has been told it, whichever way each event came, and each of them once.
// Order and repeats are dealt with here and nowhere else.
//
// Why two ways at once keep the order: each of them tells all events after the position at which it was opened, without a gap.
// That position was `position` at the time, so whatever is new on one way comes right after what both have told before.
import type { EventId } from './types'

/** Ids are opaque, so a repeat is known by memory alone. More than a replay after a short cut can hold. */
const rememberedIds = 4_096

export class Order {
  readonly #seen = new Set<EventId>()
  #position: EventId = ''
  #taken = 0
  #overlapping = false

  /** Where a new connection begins. */
  get position(): EventId {
    return this.#position
  }

  /** How many events were new so far. */
  get taken(): number {
    return this.#taken
  }

  /** What was before is told by a snapshot. All connections have to begin anew, here. */
  begin(position: EventId): void {
    this.#position = position
  }

  /** Whether the event is new, and so has to be handed on; if not, another connection told it before. */
  take(id: EventId): boolean {
    if (this.#seen.has(id)) return false
    this.#seen.add(id)
    this.#position = id
    this.#taken++
    this.#forget()
    return true
  }

  /** A way that told everything up to `from` says that nothing for us is between there and `to`. */
  advance(from: EventId, to: EventId): void {
    if (from === this.#position) this.#position = to // else another way is further ahead
  }

  /** While two ways are open nothing is forgotten: one may be behind the other by any number of events. */
  set overlapping(on: boolean) {
    this.#overlapping = on
    this.#forget()
  }

  #forget(): void {
    if (this.#overlapping) return
    for (const id of this.#seen) {
      if (this.#seen.size <= rememberedIds) return
      this.#seen.delete(id)
    }
  }
}
