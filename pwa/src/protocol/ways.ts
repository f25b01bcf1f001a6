// Which connections are open. A GET stream is all there is as long as it tells in time (judge.ts says so). Whenever that is in
// doubt a long-poll, the carrier, runs beside it from the same position and brings the events at once. A stream that is held
// back is left for the next rung (ladder.ts), and on the way up again the carrier runs too: a trial that fails costs nobody
// anything.
import type { ApiProblem } from './api'
import { Alarm } from './alarm'
import type { Clock, ServerTime } from './clock'
import type { StreamEvent } from './decode'
import { Judge } from './judge'
import { beginLadder, climb, wantedRung, type LadderEvent } from './ladder'
import { Lane } from './lane'
import type { Order } from './order'
import type { RungMemory } from './rung-memory'
import type { Answer, Ending, Rung, Transport } from './transport'

/** A peer may have one of each at a time. */
export type Way = 'stream' | 'carrier'

export interface WaysOptions {
  clock: Clock
  time: ServerTime
  transports: Readonly<Record<Rung, Transport>>
  memory: Pick<RungMemory, 'rung'>
  order: Order
  /** A stream is asked for. */
  onOpen(): void
  /** Returns whether it was new. */
  onEvent(event: StreamEvent, way: Way): boolean
  /** By what events travel may have changed; `lost`: something is not as it should be. */
  onChange(lost: boolean): void
  /** Our server will not have us. */
  onRefused(problem: ApiProblem): void
}

/** Streams in a row that could not be opened while long-poll could: somebody on the way will not have them. */
const failuresToHold = 3
/** One may be an accident. */
const failuresToDoubt = 2
/** Then it is asked again for a short reply: the network may have changed once more. */
const carrierTrustedMs = 2_000
/** Another network may allow a better way; first it has to settle, and so has what is being judged. */
const settleMs = 5_000

export class Ways {
  readonly #options: WaysOptions
  readonly #judge: Judge
  readonly #stream: Lane
  readonly #carrier: Lane
  readonly #trial: Alarm
  #ladder = beginLadder('sse')
  /** The trial begins as soon as the carrier stands. */
  #climbing = false
  /** Streams in a row that ended without a `hello`. */
  #failures = 0

  constructor(options: WaysOptions) {
    const { clock, time, order } = options
    const position = () => order.position
    this.#options = options
    this.#trial = new Alarm(clock)
    this.#judge = new Judge({
      clock, time,
      onDoubt: () => this.#carry(),
      onSilent: () => this.#handleSilence(),
      onOverdue: () => options.onChange(true),
      onHeld: () => this.#move('held'),
      onProven: () => this.#move('proven'),
    })
    this.#stream = new Lane({
      clock, position,
      onOpen: () => {
        options.onOpen()
        this.#judge.opened()
      },
      onEvent: (event) => this.#handleStreamed(event),
      onEnd: (ending) => this.#handleStreamEnd(ending),
    })
    this.#carrier = new Lane({
      clock, position,
      onEvent: (event) => this.#handleCarried(event),
      onAnswer: (answer) => this.#handleAnswer(answer),
      onEnd: (ending) => this.#handleCarrierEnd(ending),
    })
  }

  /** By what events travel at the moment; null while by nothing. */
  get rung(): Rung | null {
    const isDead = this.#judge.isSilent && this.#carrier.state === 'waiting'
    const streams = this.#stream.stands && !isDead
    if (this.#carrier.stands && (!streams || this.#ladder.trial)) return 'long-poll'
    return streams ? this.#stream.rung : null
  }

  /** By the best way that is known to work here. */
  start(heartbeatSeconds: number): void {
    this.close()
    this.#ladder = beginLadder(this.#options.memory.rung)
    this.#judge.heartbeatSeconds = heartbeatSeconds
    this.#align()
  }

  /** Everything anew, at once: the page woke up, and what seems open may be dead. */
  reopen(): void {
    if (this.#stream.isFresh || (!this.#stream.isOpen && this.#carrier.isFresh)) return // several signals tell of one waking
    const inDoubt = this.#judge.isInDoubt && !this.#ladder.trial
    this.#ladder = climb(this.#ladder, 'interrupted')
    this.close()
    if (inDoubt) this.#judge.suspect()
    this.#align()
  }

  close(): void {
    this.#stream.close()
    this.#carrier.close()
    this.#judge.dismiss()
    this.#trial.cancel()
    this.#climbing = false
    this.#failures = 0
  }

  /** What was found out about the old network need not hold on this one. */
  networkChanged(): void {
    this.#ladder = climb(this.#ladder, 'network-changed')
    if (this.#trial.isSet) this.#planTrial(settleMs)
  }

  /** Something should have been told by now. */
  suspect(): void {
    if (this.#stream.state === 'standing') this.#judge.suspect()
    else if (!this.#stream.isOpen && !this.#carrier.isFresh) this.#carry()
  }

  /**
   * The network may have changed without the browser's noticing, and whatever is open may be dead; said again as long as that
   * may be. A stream that stands is left alone, for it may be well: events come by a carrier on a connection of its own.
   */
  distrust(): void {
    const [stream, carrier] = [this.#stream, this.#carrier]
    if (!stream.isOpen && !carrier.isOpen) return // closed on purpose
    if (this.#ladder.trial) this.#move('interrupted')
    const asksAnew = carrier.state === 'opening' ? carrier.hangs() : !carrier.isOpen || carrier.ageMs >= carrierTrustedMs
    if (stream.isOpen) this.#judge.distrust(asksAnew || !carrier.stands)
    if (asksAnew) this.#carry()
  }

  /** The position was lost, as `way` says; the other has to begin where that one does. */
  restart(way: Way): void {
    if (way === 'stream' && this.#carrier.isOpen) this.#carry()
    if (way === 'carrier' && this.#stream.isOpen) this.#stream.open(this.#options.transports[wantedRung(this.#ladder)])
  }

  mayHaveReplacedItself(way: Way): boolean {
    return this.#lane(way).mayHaveReplacedItself
  }

  retry(way: Way): void {
    if (way === 'stream') this.#judge.ended()
    this.#lane(way).retry()
    this.#options.onChange(true)
  }

  /** Until the server has us back. */
  rest(way: Way, forMs: number): void {
    if (way === 'stream') this.#judge.ended()
    this.#lane(way).rest(forMs)
  }

  #lane(way: Way): Lane {
    return way === 'stream' ? this.#stream : this.#carrier
  }

  #move(event: LadderEvent): void {
    this.#ladder = climb(this.#ladder, event)
    if (!this.#ladder.trial && event !== 'interrupted') this.#options.memory.rung = this.#ladder.rung
    this.#align()
    this.#options.onChange(true)
  }

  /** Opens and closes what the ladder and the judge say. */
  #align(): void {
    const wanted = wantedRung(this.#ladder)
    if (wanted === 'long-poll') {
      this.#stream.close()
      this.#judge.dismiss()
    } else if (this.#stream.rung !== wanted) {
      this.#stream.open(this.#options.transports[wanted])
    }
    if (!this.#needsCarrier) this.#carrier.close()
    else if (!this.#carrier.isOpen) this.#carry()
    this.#options.order.overlapping = this.#stream.isOpen && this.#carrier.isOpen
    if (this.#ladder.rung === 'sse' || this.#ladder.trial) this.#trial.cancel()
    else if (!this.#trial.isSet && !this.#climbing) this.#planTrial(this.#ladder.trialAfterMs)
  }

  get #needsCarrier(): boolean {
    return this.#ladder.rung === 'long-poll' || this.#judge.isInDoubt || this.#climbing
  }

  /** Its first request does not wait: the short reply that the judge asks for. */
  #carry(): void {
    this.#carrier.open(this.#options.transports['long-poll'])
    this.#options.order.overlapping = this.#stream.isOpen
  }

  #planTrial(afterMs: number): void {
    this.#trial.set(afterMs, () => {
      if (this.rung === null || this.#judge.isInDoubt) return this.#planTrial(settleMs) // one thing after the other
      this.#climbing = true
      this.#carry()
    })
  }

  #handleStreamed(event: StreamEvent): void {
    const wasSilent = this.#judge.isSilent
    if (event.type === 'hello') {
      this.#failures = 0
      this.#stream.stand()
      this.#judge.heartbeatSeconds = event.heartbeatSeconds
    }
    this.#options.onEvent(event, 'stream')
    this.#judge.heard(event)
    if (event.type === 'hello' || wasSilent) this.#options.onChange(false)
  }

  #handleCarried(event: StreamEvent): void {
    const isNew = this.#options.onEvent(event, 'carrier')
    if (isNew && 'id' in event) this.#judge.carried(event.id)
  }

  #handleAnswer({ from, lastEventId }: Answer): void {
    this.#options.order.advance(from, lastEventId)
    if (this.#carrier.state === 'standing') return
    this.#carrier.stand()
    this.#judge.answered()
    if (this.#climbing) {
      this.#climbing = false
      this.#judge.beginTrial()
      this.#move('try')
    }
    this.#options.onChange(false)
  }

  #handleSilence(): void {
    if (this.#ladder.trial) this.#move('held')
    else this.retry('stream')
  }

  #handleStreamEnd(ending: Ending): void {
    const greeted = this.#stream.state === 'standing'
    this.#judge.ended()
    if (isRefusal(ending)) return this.#options.onRefused(ending.problem)
    if (this.#ladder.trial) return this.#move(greeted ? 'interrupted' : 'held')
    this.#failures = greeted ? 0 : this.#failures + 1
    if (this.#failures >= failuresToHold && this.#carrier.stands) {
      this.#failures = 0
      return this.#move('held')
    }
    if (!greeted && (ending.name !== 'cut' || this.#failures >= failuresToDoubt)) this.#judge.suspect('unreachable')
    this.#stream.retry(retryAfterMs(ending))
    this.#options.onChange(true)
  }

  #handleCarrierEnd(ending: Ending): void {
    if (isRefusal(ending)) return this.#options.onRefused(ending.problem)
    this.#judge.unanswered()
    this.#climbing = false
    if (this.#needsCarrier) this.#carrier.retry(retryAfterMs(ending))
    this.#align()
    this.#options.onChange(true)
  }
}

/** What our server refuses it refuses for good; whatever else is wrong may be over in a moment. */
function isRefusal(ending: Ending): ending is Ending & { name: 'problem' } {
  return ending.name === 'problem' && !ending.problem.retryable
}

function retryAfterMs(ending: Ending): number {
  return ending.name === 'problem' ? ending.problem.retryAfterMs : 0
}
