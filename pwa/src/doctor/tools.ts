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

/** Fails with `no-answer`, or as `failure()` says, when the time is over; `work` is told to stop, however it ends. */
export async function within<T>(clock: Clock, ms: number, work: (signal: AbortSignal) => Promise<T>, failure: () => Failure = () => new Failure('no-answer')): Promise<T> {
  const over = new AbortController()
  try {
    return await Promise.race([work(over.signal), sleep(clock, ms, over.signal).then(() => { throw failure() })])
  } finally {
    over.abort()
  }
}
