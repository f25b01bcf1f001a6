// The event stream by native EventSource: kept open for ever, resumed by id, each event handed on exactly once.
// Order and repeats are dealt with here and nowhere else.
import { ApiProblem } from './api'
import { Backoff } from './backoff'
import type { Clock } from './clock'
import { consoleDebug, decodeText, type DebugLog, type Hello, type StreamEvent } from './decode'
import type { EventId } from './types'

/** What we use of EventSource (WHATWG HTML §9.2). */
export interface EventSourceLike extends EventTarget {
  readonly readyState: number
  close(): void
}

/** EventSource.CLOSED: the browser has given up, which it does on any status but 200, without saying which. */
const closed = 2

/**
 * How the stream stands. `replaced`, `left` and `refused` are final until start() is called again: another page of
 * this peer took over, the peer left the room, or the server will not have us (and `problem` says why).
 */
export type StreamState =
  | { name: 'connecting' } | { name: 'open' } | { name: 'reconnecting' }
  | { name: 'replaced' } | { name: 'left' } | { name: 'refused', problem: ApiProblem }

export interface StreamOptions {
  clock: Clock
  connect(lastEventId: EventId): EventSourceLike
  /** One long-poll that does not wait; rejects with the ApiProblem that EventSource keeps to itself. */
  probe(lastEventId: EventId, signal: AbortSignal): Promise<void>
  /** Words of the app's own to listen for: EventSource hands named events only to whoever knows their name. */
  words?: readonly string[]
  onEvent(event: StreamEvent): void
  onState(state: StreamState): void
  log?: DebugLog
}

const contractTypes = ['hello', 'heartbeat', 'goodbye', 'reset', 'peer-joined', 'peer-updated', 'peer-left', 'call', 'offer', 'answer', 'candidate']

/** An event may be late by so many heartbeats before the stream counts as dead: phones kill sockets without a word. */
const patienceHeartbeats = 2.5

/** Ids are opaque, so a repeat is known by memory alone. More than a replay after a short cut can hold. */
const rememberedIds = 4_096

export class EventStream {
  readonly #options: StreamOptions
  readonly #backoff: Backoff
  readonly #seen = new Set<EventId>()
  #lastEventId: EventId = ''
  #heartbeatMs = 10_000
  #source: EventSourceLike | null = null
  #probing: AbortController | null = null
  #cancelTimer: (() => void) | null = null
  #running = false

  constructor(options: StreamOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.clock)
  }

  /** Where a new stream would go on from. */
  get lastEventId(): EventId {
    return this.#lastEventId
  }

  /** Opens the stream after `lastEventId` (of the join answer), or takes it back after `replaced`. */
  start(lastEventId: EventId, heartbeatSeconds: number): void {
    this.#lastEventId = lastEventId
    this.#heartbeatMs = heartbeatSeconds * 1_000
    this.#running = true
    this.#options.onState({ name: 'connecting' })
    this.reopen()
  }

  /** Closes what there is and opens anew from the last id, at once. For when the page wakes up: readyState lies then. */
  reopen(): void {
    if (!this.#running) return
    this.#disconnect()
    this.#backoff.reset()
    this.#connect()
  }

  /** Closes without forgetting the position; reopen() goes on from there. */
  pause(): void {
    this.#disconnect()
  }

  stop(): void {
    this.#running = false
    this.#disconnect()
  }

  #connect(): void {
    const source = this.#options.connect(this.#lastEventId)
    this.#source = source
    for (const type of [...contractTypes, ...this.#options.words ?? []]) {
      source.addEventListener(type, (event) => {
        if (source === this.#source) this.#handleText((event as MessageEvent<unknown>).data)
      })
    }
    source.addEventListener('error', () => {
      if (source === this.#source) this.#handleError(source.readyState === closed)
    })
    this.#watch()
  }

  #disconnect(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#probing?.abort()
    this.#probing = null
    this.#source?.close()
    this.#source = null
  }

  /** Restarts the watchdog; every event does, heartbeats above all. */
  #watch(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = this.#options.clock.after(this.#heartbeatMs * patienceHeartbeats, () => this.#retry())
  }

  #retry(atLeastMs = 0): void {
    this.#disconnect()
    this.#options.onState({ name: 'reconnecting' })
    this.#cancelTimer = this.#options.clock.after(this.#backoff.next(atLeastMs), () => this.#connect())
  }

  // The browser would come back by itself in about 3 s; we do it sooner, with jitter, and know the position either way.
  #handleError(gaveUp: boolean): void {
    if (gaveUp) void this.#askWhy()
    else this.#retry()
  }

  async #askWhy(): Promise<void> {
    this.#disconnect()
    const asking = new AbortController()
    this.#probing = asking
    let retryAfterMs = 0
    try {
      await this.#options.probe(this.#lastEventId, asking.signal)
    } catch (error) {
      if (asking.signal.aborted) return
      if (error instanceof ApiProblem && !error.retryable) return this.#end({ name: 'refused', problem: error })
      if (error instanceof ApiProblem) retryAfterMs = error.retryAfterMs
    }
    if (!asking.signal.aborted) this.#retry(retryAfterMs)
  }

  #end(state: StreamState): void {
    this.stop()
    this.#options.onState(state)
  }

  #handleText(data: unknown): void {
    this.#watch()
    const event = typeof data === 'string' ? decodeText(data, this.#options.log ?? consoleDebug) : null
    if (event) this.#handle(event)
  }

  #handle(event: StreamEvent): void {
    switch (event.type) {
      case 'hello': return this.#handleHello(event)
      case 'heartbeat':
      case 'reset': return this.#options.onEvent(event)
      case 'goodbye': return this.#handleGoodbye(event)
      default:
        if (this.#isRepeat(event.id)) return
        this.#lastEventId = event.id
        this.#options.onEvent(event)
    }
  }

  #handleHello(hello: Hello): void {
    this.#backoff.reset()
    this.#heartbeatMs = hello.heartbeatSeconds * 1_000
    this.#lastEventId = hello.lastEventId
    this.#watch()
    this.#options.onEvent(hello)
    this.#options.onState({ name: 'open' })
  }

  #handleGoodbye(event: StreamEvent & { type: 'goodbye' }): void {
    this.#options.onEvent(event)
    if (event.reason === 'replaced' || event.reason === 'left') return this.#end({ name: event.reason })
    this.#disconnect()
    this.#cancelTimer = this.#options.clock.after(event.retryAfterMs, () => this.#connect())
  }

  #isRepeat(id: EventId): boolean {
    if (this.#seen.has(id)) return true
    this.#seen.add(id)
    if (this.#seen.size > rememberedIds) this.#seen.delete(this.#seen.values().next().value!)
    return false
  }
}
