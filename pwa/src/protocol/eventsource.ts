// The stream by GET: native EventSource, of which only the reading is used. Coming back is the business of stream.ts.
import { decodeText, type DebugLog } from './decode'
import type { Connection, Listener, Transport } from './transport'
import type { EventId } from './types'

/** What we use of EventSource (WHATWG HTML §9.2). */
export interface EventSourceLike extends EventTarget {
  readonly readyState: number
  close(): void
}

/** EventSource.CLOSED: the browser has given up, which it does on any status but 200. */
const closed = 2

const contractTypes = ['hello', 'heartbeat', 'goodbye', 'reset', 'peer-joined', 'peer-updated', 'peer-left', 'call', 'offer', 'answer', 'candidate']

export interface EventSourceOptions {
  connect(lastEventId: EventId): EventSourceLike
  /** Words of the app's own to listen for: EventSource hands named events only to whoever knows their name. */
  words?: readonly string[]
  log: DebugLog
}

export class EventSourceTransport implements Transport {
  readonly rung = 'sse'
  readonly #options: EventSourceOptions

  constructor(options: EventSourceOptions) {
    this.#options = options
  }

  open(position: () => EventId, { handleEvent, handleEnd }: Listener): Connection {
    const { connect, words = [], log } = this.#options
    const source = connect(position())
    let open = true
    const close = () => {
      open = false
      source.close()
    }
    for (const type of [...contractTypes, ...words]) {
      source.addEventListener(type, (message) => {
        const { data } = message as MessageEvent<unknown>
        const event = open && typeof data === 'string' ? decodeText(data, log) : null
        if (event) handleEvent(event)
      })
    }
    // The browser would come back by itself in about 3 s; we do it sooner, with jitter, and know the position either way.
    source.addEventListener('error', () => {
      if (!open) return
      const gaveUp = source.readyState === closed
      close()
      handleEnd({ name: gaveUp ? 'unexplained' : 'cut' })
    })
    return { close }
  }
}
