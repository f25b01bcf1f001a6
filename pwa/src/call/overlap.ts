// The connection before the present one (remote.ts, rule 5). While it carries media and the present one does not yet, it is
// the one that is looked at; after that it waits a moment for the other side to have changed over, too.
import type { Clock } from '../protocol/clock'
import type { Link, Look } from './link'

/** Two connections cost twice the work; one that carries nothing by then is in trouble of its own. */
const overlapMs = 10_000
/** The other side may see our picture by the present one later than we do theirs. */
const lingerMs = 1_000

export class Overlap {
  readonly #clock: Clock
  readonly #onChange: () => void
  #link: Link | null = null
  #shown = false
  #cancelEnd: () => void = () => undefined

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock
    this.#onChange = onChange
  }

  /** As long as it is open. */
  get link(): Link | null {
    return this.#link
  }

  /** What to look at instead of the present one. */
  get shown(): Link | null {
    return this.#shown ? this.#link : null
  }

  /** Another takes the place of `link`, which is closed at once if it is of no use, or if an earlier one still serves better. */
  begin(link: Link): void {
    if (this.#shown || !link.carries) return link.close()
    this.#end()
    this.#link = link
    this.#shown = true
    this.#endAfter(overlapMs)
  }

  /** With each look at the one before. */
  look({ health }: Look): void {
    if (health !== 'well') this.#end()
  }

  /** With each look at the present one: it takes over once it carries what the one before does. */
  changeOver(present: Link, { flowed }: Look): void {
    if (!this.#shown || present.state !== 'connected' || !flowed) return
    if (this.#link?.showsPicture && !present.showsPicture) return
    this.#shown = false
    this.#endAfter(lingerMs)
    this.#onChange()
  }

  /** Without a word. */
  close(): void {
    this.#cancelEnd()
    this.#link?.close()
    this.#link = null
    this.#shown = false
  }

  #endAfter(ms: number): void {
    this.#cancelEnd()
    this.#cancelEnd = this.#clock.after(ms, () => this.#end())
  }

  #end(): void {
    if (!this.#link) return
    this.close()
    this.#onChange()
  }
}
