// Doing something until it is done, for requests that are safe to repeat.
import { ApiProblem } from './api'
import { Backoff } from './backoff'
import { sleep, type Clock } from './clock'

export interface RetryOptions {
  clock: Clock
  /** Aborting ends the waiting; the last problem is thrown. */
  signal?: AbortSignal
  /** No new attempt begins later than this after the first. */
  giveUpAfterMs: number
}

/** Runs `attempt` until it succeeds, fails for good, or time is up; then it throws the last ApiProblem. */
export async function retrying<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal, giveUpAfterMs } = options
  const backoff = new Backoff(clock)
  const startedMs = clock.now()
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof ApiProblem) || !error.retryable || signal?.aborted) throw error
      const delayMs = backoff.next(error.retryAfterMs)
      if (clock.now() + delayMs - startedMs > giveUpAfterMs) throw error
      await sleep(clock, delayMs, signal)
      if (signal?.aborted) throw error
    }
  }
}
