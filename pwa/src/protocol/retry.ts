// Doing something until it is done, for requests that are safe to repeat.
import { ApiProblem } from './api'
import { Backoff } from './backoff'
import { sleep, type Clock } from './clock'
import { Patience } from './patience'

/** Told by whoever sees that the way is open again: the page woke up, the network is back, the stream stands. */
export class Nudge {
  readonly #listeners = new Set<() => void>()

  give(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

export interface RetryOptions {
  clock: Clock
  /** Aborting ends the waiting; the last problem is thrown. */
  signal?: AbortSignal
  /** No new attempt begins later than this after the first. Absent: it never gives up. */
  giveUpAfterMs?: number
  /** Begins the next attempt at once. */
  nudge?: Nudge
}

/**
 * Runs `attempt` until it succeeds, fails for good, or time is up; then it throws the last ApiProblem. The signal given to
 * an attempt ends one that hangs when there is a nudge.
 */
export async function retrying<T>(attempt: (signal: AbortSignal) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal, giveUpAfterMs = Infinity } = options
  const backoff = new Backoff(clock)
  const patience = new Patience()
  const startedMs = clock.now()
  for (;;) {
    const turn = new Turn(options, patience, () => backoff.reset())
    try {
      return await attempt(turn.attempting)
    } catch (error) {
      if (!(error instanceof ApiProblem) || signal?.aborted) throw error
      if (turn.wasHurried) continue
      if (!error.retryable) throw error
      const delayMs = backoff.next(error.retryAfterMs)
      if (clock.now() + delayMs - startedMs > giveUpAfterMs) throw error
      await sleep(clock, delayMs, turn.beginWaiting())
      if (signal?.aborted) throw error
    } finally {
      turn.end()
    }
  }
}

/** One attempt, and the wait after it. */
class Turn {
  readonly #attempting = new AbortController()
  readonly #waiting = new AbortController()
  readonly #unsubscribe: (() => void) | undefined
  readonly #signal: AbortSignal | undefined
  #isWaiting = false

  constructor({ clock, signal, nudge }: RetryOptions, patience: Patience, onNudge: () => void) {
    const begunMs = clock.now()
    this.#signal = signal
    signal?.addEventListener('abort', this.#stop)
    this.#unsubscribe = nudge?.subscribe(() => {
      onNudge()
      if (this.#isWaiting || patience.endsAfter(clock.now() - begunMs)) this.#stop()
    })
  }

  get attempting(): AbortSignal {
    return this.#attempting.signal
  }

  /** The attempt itself was ended, to begin another. */
  get wasHurried(): boolean {
    return this.#attempting.signal.aborted
  }

  beginWaiting(): AbortSignal {
    this.#isWaiting = true
    return this.#waiting.signal
  }

  end(): void {
    this.#unsubscribe?.()
    this.#signal?.removeEventListener('abort', this.#stop)
  }

  readonly #stop = () => {
    if (!this.#isWaiting) this.#attempting.abort()
    this.#waiting.abort()
  }
}
