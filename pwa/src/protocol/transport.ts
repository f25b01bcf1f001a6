// The three ways that events travel, best first, and the one face they show. Whatever way an event came, it has the same id:
// a way can be left for another at any moment.
import { ApiProblem } from './api'
import type { StreamEvent } from './decode'
import type { EventId } from './types'

/** A stream by GET, the same stream by POST (some intermediaries hold back only the former), and long-poll. */
export type Rung = 'sse' | 'post-stream' | 'long-poll'

/** Why a connection ended by itself. */
export type Ending =
  | { name: 'cut' } // lost, or not our server's
  | { name: 'unexplained' } // EventSource: refused, and the browser keeps the answer to itself
  | { name: 'problem', problem: ApiProblem }

export interface Listener {
  /** In order from the position asked for. */
  handleEvent(event: StreamEvent): void
  /** Long-poll alone: an answer is complete. */
  handleAnswer(answer: Answer): void
  /** The last that is heard of a connection. Not called by close(). */
  handleEnd(ending: Ending): void
}

export interface Answer {
  /** Of its last event, or where it was asked to begin if it brought none. */
  readonly from: EventId
  /** Nothing is left untold up to here, which may be after `from`: others' messages have places in the order too. */
  readonly lastEventId: EventId
}

export interface Transport {
  readonly rung: Rung
  /** `position` is asked for whenever a request is made. */
  open(position: () => EventId, listener: Listener): Connection
}

export interface Connection {
  /** After this the listener hears nothing more. */
  close(): void
}

/** Of a request that failed. What our server did not say itself is a cut like any other. */
export function endingOf(error: unknown): Ending {
  return error instanceof ApiProblem && error.status !== 0 ? { name: 'problem', problem: error } : { name: 'cut' }
}
