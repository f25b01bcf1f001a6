// One way to the room, kept open: a connection, and after it the next.
import { Backoff } from './backoff'
import type { Clock } from './clock'
import type { StreamEvent } from './decode'
import { Patience } from './patience'
import type { Answer, Connection, Ending, Rung, Transport } from './transport'
import type { EventId } from './types'

export interface LaneOptions {
  clock: Clock
  position(): EventId
  /** A request is on its way. */
  onOpen?(): void
  onEvent(event: StreamEvent): void
  onAnswer?(answer: Answer): void
  /** The connection ended by itself; whoever hears this says what comes next. */
  onEnd(ending: Ending): void
}

/**
 * `opening`: nothing has been heard yet. `resting`: closed by agreement, and soon opened again. `waiting`: lost, and soon tried
 * again.
 */
export type LaneState = 'closed' | 'opening' | 'standing' | 'resting' | 'waiting'

/** A request that we gave up may still be under way: it was held up by somebody, or the server was frozen. */
const strayMs = 60_000

export class Lane {
  readonly #options: LaneOptions
  readonly #backoff: Backoff
  readonly #patience = new Patience()
  #transport: Transport | null = null
  #connection: Connection | null = null
  #cancel: (() => void) | null = null
  #state: LaneState = 'closed'
  #openedMs = -Infinity
  #givenUpMs = -Infinity

  constructor(options: LaneOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.clock)
  }

  get state(): LaneState {
    return this.#state
  }

  get rung(): Rung | null {
    return this.#transport?.rung ?? null
  }

  get isOpen(): boolean {
    return this.#state !== 'closed'
  }

  /** Whether events come by it, but for a pause that the server asked for. */
  get stands(): boolean {
    return this.#state === 'standing' || this.#state === 'resting'
  }

  /** Nothing came for so long that it may never come; asked again about the next, it takes longer to say so. */
  hangs(): boolean {
    return this.#state === 'opening' && this.#patience.endsAfter(this.ageMs)
  }

  /** Since it was last opened. */
  get ageMs(): number {
    return this.#options.clock.now() - this.#openedMs
  }

  /** Opened so short a while ago that there is no point in doing it again. */
  get isFresh(): boolean {
    return this.#state === 'opening' && this.ageMs < 300
  }

  /**
   * A peer may have one connection of each kind. That ours was replaced need not be another page's doing: a request that we
   * gave up before it was answered may have come to the server after the one that we made instead.
   */
  get mayHaveReplacedItself(): boolean {
    return this.#options.clock.now() - this.#givenUpMs < strayMs
  }

  /** Closes what there is and opens anew, at once. */
  open(transport: Transport): void {
    this.#backoff.reset()
    this.#connect(transport)
  }

  /** The first sign that this way is open. */
  stand(): void {
    this.#backoff.reset()
    this.#patience.reset()
    this.#state = 'standing'
  }

  /** Lost. */
  retry(atLeastMs = 0): void {
    this.#leave('waiting', this.#backoff.next(atLeastMs))
  }

  /** Closed by agreement. */
  rest(forMs: number): void {
    this.#leave('resting', forMs)
  }

  close(): void {
    this.#disconnect()
    this.#transport = null
    this.#state = 'closed'
  }

  #leave(state: 'waiting' | 'resting', forMs: number): void {
    const transport = this.#transport
    this.#disconnect()
    this.#state = state
    if (transport) this.#cancel = this.#options.clock.after(forMs, () => this.#connect(transport))
  }

  #connect(transport: Transport): void {
    const { clock, position, onOpen, onEvent, onAnswer, onEnd } = this.#options
    this.#disconnect()
    this.#transport = transport
    this.#state = 'opening'
    this.#openedMs = clock.now()
    this.#connection = transport.open(position, {
      handleEvent: (event) => onEvent(event),
      handleAnswer: (answer) => onAnswer?.(answer),
      handleEnd: (ending) => {
        this.#noteStray()
        this.#connection = null
        onEnd(ending)
      },
    })
    onOpen?.()
  }

  #disconnect(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#noteStray()
    this.#connection?.close()
    this.#connection = null
  }

  /** A poll is always under way; a stream that has said hello has arrived. */
  #noteStray(): void {
    const unanswered = this.#state === 'opening' || this.#transport?.rung === 'long-poll'
    if (this.#connection && unanswered) this.#givenUpMs = this.#options.clock.now()
  }
}
