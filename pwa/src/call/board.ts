// What the screens are shown: one immutable view, replaced whole on every change, and the problem a person is told of.
import type { Problem, RoomView } from './view'

export class Board {
  /** Shown from the next publish() on. */
  problem: Problem | null = null
  readonly #look: (problem: Problem | null) => RoomView
  readonly #listeners = new Set<(view: RoomView) => void>()
  #blocked: Problem | null = null
  /** Null until first asked for: what it shows is made after the board. */
  #view: RoomView | null = null

  constructor(look: (problem: Problem | null) => RoomView) {
    this.#look = look
  }

  get view(): RoomView {
    return this.#view ??= this.#look(this.problem)
  }

  subscribe(listener: (view: RoomView) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  publish(): void {
    this.#view = this.#look(this.problem)
    for (const listener of [...this.#listeners]) listener(this.view) // the newest: a listener may have caused another
  }

  fail(problem: Problem): void {
    this.problem = problem
    this.publish()
  }

  /** Media does not come, or does again. Said when it becomes true, and no more once the person closed it. */
  setBlocked(blocked: Problem | null): void {
    const before = this.#blocked
    this.#blocked = blocked
    if (before === null) this.problem ??= blocked
    else if (this.problem === before) this.problem = blocked
  }

  /** Nobody is told anything any more. */
  close(): void {
    this.#listeners.clear()
  }
}
