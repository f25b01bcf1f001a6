// What looking at a way needs, handed in so that tests own it.
import { sleep, type Clock } from '../protocol/clock'
import type { EventSourceLike } from '../protocol/eventsource'
import { Failure } from './findings'

export interface Tools {
  clock: Clock
  fetch: typeof fetch
  openEventSource(url: string): EventSourceLike
  /** Null where there is none. */
  createPeerConnection: ((configuration: RTCConfiguration) => RTCPeerConnection) | null
  /** How long one way may take. */
  patienceMs: number
  /** Ends everything. */
  signal: AbortSignal
}

/**
 * Fails with `no-answer`, or as `failure()` says, when the time is over or all is ended; `work` is told to stop, however it
 * ends.
 */
export async function within<T>({ clock, patienceMs, signal }: Pick<Tools, 'clock' | 'patienceMs' | 'signal'>, work: (signal: AbortSignal) => Promise<T>, failure: () => Failure = () => new Failure('no-answer')): Promise<T> {
  if (signal.aborted) throw failure()
  const over = new AbortController()
  const end = () => over.abort()
  signal.addEventListener('abort', end)
  try {
    return await Promise.race([work(over.signal), sleep(clock, patienceMs, over.signal).then(() => { throw failure() })])
  } finally {
    signal.removeEventListener('abort', end)
    over.abort()
  }
}
