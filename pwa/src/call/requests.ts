// Requests about calls: one after the other, so that a hang-up never overtakes the call it ends, and each again and again
// until the server has answered it or it makes no sense any more. Every one of them is safe to repeat (contract: Calls).
import { ApiProblem } from '../protocol/api'
import type { Clock } from '../protocol/clock'
import { Nudge, retrying } from '../protocol/retry'

/** Ends the repeating; never leaves this file. */
class Settled extends Error {
  constructor(readonly refusal: ApiProblem | null) {
    super()
  }
}

export class Requests {
  readonly #clock: Clock
  /** The page lives no longer. */
  readonly #signal: AbortSignal
  readonly #nudge = new Nudge()
  /** All that was asked for so far. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
  }

  /** Null when it stopped making sense before it was answered. Throws the ApiProblem of a refusal. */
  run<T>(attempt: (signal: AbortSignal) => Promise<T>, makesSense: () => boolean): Promise<T | null> {
    this.hurry() // one that merely waits, and makes no sense by now, is not waited for
    const turn = this.#last.then(() => this.#insist(attempt, makesSense))
    this.#last = turn.catch(() => undefined)
    return turn
  }

  /** The network or the server is back: what waits is sent, and what hangs is sent again. */
  hurry(): void {
    this.#nudge.give()
  }

  async #insist<T>(attempt: (signal: AbortSignal) => Promise<T>, makesSense: () => boolean): Promise<T | null> {
    try {
      return await retrying((signal) => this.#once(signal, attempt, makesSense), { clock: this.#clock, signal: this.#signal, nudge: this.#nudge })
    } catch (error) {
      if (this.#signal.aborted) return null
      if (!(error instanceof Settled)) throw error
      if (error.refusal) throw error.refusal
      return null
    }
  }

  async #once<T>(signal: AbortSignal, attempt: (signal: AbortSignal) => Promise<T>, makesSense: () => boolean): Promise<T> {
    if (this.#signal.aborted || !makesSense()) throw new Settled(null)
    try {
      return await attempt(signal)
    } catch (error) {
      // `call-full` may pass, says the server, but it is an answer, and a person waits for it.
      throw error instanceof ApiProblem && error.status === 409 ? new Settled(error) : error
    }
  }
}
