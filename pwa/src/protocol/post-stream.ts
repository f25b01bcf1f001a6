// The same stream by POST, read with fetch: some intermediaries hold back the answer to a GET and let that to a POST flow.
import { decodeText, type DebugLog } from './decode'
import { SseParser } from './sse-parser'
import { endingOf, type Connection, type Ending, type Listener, type Transport } from './transport'
import type { EventId } from './types'

export interface PostStreamOptions {
  /** Rejects with an ApiProblem for whatever is not a stream. */
  request(lastEventId: EventId, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>
  log: DebugLog
}

export class PostStreamTransport implements Transport {
  readonly rung = 'post-stream'
  readonly #options: PostStreamOptions

  constructor(options: PostStreamOptions) {
    this.#options = options
  }

  open(position: () => EventId, listener: Listener): Connection {
    const aborter = new AbortController()
    void this.#read(position(), listener, aborter.signal)
    return { close: () => aborter.abort() }
  }

  async #read(lastEventId: EventId, listener: Listener, signal: AbortSignal): Promise<void> {
    let ending: Ending = { name: 'cut' }
    try {
      const body = await this.#options.request(lastEventId, signal)
      await this.#readBody(body, listener, signal)
    } catch (error) {
      ending = endingOf(error)
    }
    if (!signal.aborted) listener.handleEnd(ending)
  }

  async #readBody(body: ReadableStream<Uint8Array>, listener: Listener, signal: AbortSignal): Promise<void> {
    const reader = body.getReader()
    const parser = new SseParser()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      for (const { data } of parser.push(value)) {
        const event = signal.aborted ? null : decodeText(data, this.#options.log)
        if (event) listener.handleEvent(event)
      }
    }
  }
}
