// The event stream: kept open for ever, resumed by id, whatever way the events travel at the moment. Each is handed on once
// and in its place: order.ts sees to that, and ways.ts to how they come.
import type { ApiProblem } from './api'
import type { Clock, ServerTime } from './clock'
import type { Hello, StreamEvent } from './decode'
import { Order } from './order'
import type { RungMemory } from './rung-memory'
import type { Rung, Transport } from './transport'
import type { Call, EventId } from './types'
import { Ways, type Way } from './ways'

/**
 * How the stream stands; `rung` is by what events travel. `replaced`, `left` and `refused` are final until start() is called
 * again: another page of this peer took over, the peer left the room, or the server will not have us (and `problem` says why).
 */
export type StreamState =
  | { name: 'connecting' } | { name: 'open', rung: Rung } | { name: 'reconnecting' }
  | { name: 'replaced' } | { name: 'left' } | { name: 'refused', problem: ApiProblem }

export interface StreamOptions {
  clock: Clock
  time: ServerTime
  transports: Readonly<Record<Rung, Transport>>
  memory: Pick<RungMemory, 'rung'>
  onEvent(event: StreamEvent): void
  /** On every change. */
  onState(state: StreamState): void
}

/** An event that a request of ours caused may come after the answer, but hardly so much later. */
const echoMs = 1_500

export class EventStream {
  readonly #options: StreamOptions
  readonly #order = new Order()
  readonly #ways: Ways
  #state: StreamState | null = null
  #running = false
  /** How many events had been taken when the stream was last asked for. */
  #takenAtOpen = 0
  /** As it was last told. */
  #call: Pick<Call, 'id' | 'revision'> | null = null

  constructor(options: StreamOptions) {
    const { clock, time, transports, memory } = options
    this.#options = options
    this.#ways = new Ways({
      clock, time, transports, memory,
      order: this.#order,
      onOpen: () => { this.#takenAtOpen = this.#order.taken },
      onEvent: (event, way) => this.#handle(event, way),
      onChange: (lost) => this.#report(lost),
      onRefused: (problem) => this.#end({ name: 'refused', problem }),
    })
  }

  /** Where a new connection would go on from. */
  get lastEventId(): EventId {
    return this.#order.position
  }

  /** Opens the stream after `lastEventId` (of the join answer), or takes it back after `replaced`. */
  start(lastEventId: EventId, heartbeatSeconds: number): void {
    this.#order.begin(lastEventId)
    this.#running = true
    this.#become({ name: 'connecting' })
    this.#ways.start(heartbeatSeconds)
  }

  /** Closes what there is and opens anew from the last id, at once. For when the page wakes up: readyState lies then. */
  reopen(): void {
    if (this.#running) this.#ways.reopen()
  }

  /** Closes without forgetting the position; reopen() goes on from there. */
  pause(): void {
    this.#ways.close()
  }

  stop(): void {
    this.#running = false
    this.#ways.close()
  }

  /** Another network: what was held back on the last one may get through on this one. */
  networkChanged(): void {
    if (this.#running) this.#ways.networkChanged()
  }

  /** What is open may have died without a word, and whoever waits for the next heartbeat waits for long. */
  distrust(): void {
    if (this.#running) this.#ways.distrust()
  }

  /** A request of ours left the call like this, which is told to everyone in the room, us too. If it is not, something is wrong. */
  expect(call: Call): void {
    const isTold = () => this.#call?.id === call.id && this.#call.revision >= call.revision
    if (!this.#running || isTold()) return
    this.#options.clock.after(echoMs, () => { if (this.#running && !isTold()) this.#ways.suspect() })
  }

  /** Returns whether the event was new. */
  #handle(event: StreamEvent, way: Way): boolean {
    switch (event.type) {
      case 'hello': this.#handleHello(event, way); return false
      case 'goodbye': this.#handleGoodbye(event, way); return false
      case 'heartbeat':
      case 'reset': this.#options.onEvent(event); return false
      default:
        if (!this.#order.take(event.id)) return false
        if (event.type === 'call') this.#call = event.call
        this.#options.onEvent(event)
        return true
    }
  }

  #handleHello(hello: Hello, way: Way): void {
    // The carrier told more than this snapshot knows: what happened since would be undone, for it is not told again.
    const isOutdated = hello.resumed && this.#order.taken !== this.#takenAtOpen
    if (!hello.resumed) {
      this.#order.begin(hello.lastEventId)
      this.#ways.restart(way)
    }
    this.#options.time.learn(hello.at)
    if (isOutdated) return
    if (hello.call) this.#call = hello.call
    this.#options.onEvent(hello)
  }

  #handleGoodbye(event: StreamEvent & { type: 'goodbye' }, way: Way): void {
    const { reason, retryAfterMs } = event
    if (reason === 'replaced' && this.#ways.mayHaveReplacedItself(way)) return this.#ways.retry(way)
    this.#options.onEvent(event)
    if (reason === 'replaced' || reason === 'left') return this.#end({ name: reason })
    this.#ways.rest(way, retryAfterMs)
  }

  #report(lost: boolean): void {
    const { rung } = this.#ways
    if (rung) this.#become({ name: 'open', rung })
    else if (lost) this.#become({ name: 'reconnecting' })
  }

  #end(state: StreamState): void {
    this.stop()
    this.#become(state)
  }

  #become(state: StreamState): void {
    const before = this.#state
    this.#state = state
    const isSame = before?.name === state.name && rungOf(before) === rungOf(state)
    if (!isSame) this.#options.onState(state)
  }
}

function rungOf(state: StreamState): Rung | null {
  return state.name === 'open' ? state.rung : null
}
