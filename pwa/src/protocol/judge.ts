// Whether the stream tells in time, judged by what comes on it and by what comes beside it.
//
// First there is doubt: something is late. Then a long-poll carries the events (see stream.ts), so that nobody waits for the
// judgement, and its first answer says whether short replies get through at all. Only if they do, and the page was awake to see
// it, the stream counts as held back: else it is the network, the server or the page itself that is slow, and another rung
// would be no better. What a page sees that has slept, or was blocked, is never evidence.
import { Alarm, Wakefulness } from './alarm'
import type { Clock, ServerTime } from './clock'
import type { StreamEvent } from './decode'
import { DelayMeter, latenessMs } from './delay'
import type { EventId } from './types'

export interface JudgeOptions {
  clock: Clock
  time: ServerTime
  /** Something is late: carry, and ask for a short reply. Comes again when another reply is wanted. */
  onDoubt(): void
  /** It has fallen silent: open it again, the same way. */
  onSilent(): void
  /** Nothing was heard of it for so long that it is of no use, whatever the reason. */
  onOverdue(): void
  /** It is held back while short replies get through. It is not watched any longer. */
  onHeld(): void
  /** In doubt no more. */
  onProven(): void
}

/** A hello takes a round trip. */
const helloSoonMs = 1_000
const helloLatestMs = 3_000
/** So long after the short reply the stream may still come through with what it has. */
const graceMs = 1_000
/** A second time silent without having proved itself: it is not dead, it is held back. */
const strikesToHold = 2
/** An event may be late by so many heartbeats before the stream counts as dead: phones kill sockets without a word. */
const patienceHeartbeats = 2.5

/** `unreachable`: it could not be opened, which a hello at once settles. `late`: it has to be seen to tell in time again. */
type Doubt = 'unreachable' | 'late'

interface Connection {
  readonly openedMs: number
  readonly meter: DelayMeter
  helloMs: number | null
  heardMs: number
  /** When there was last reason to think that it died without a word. */
  distrustedMs: number
}

export class Judge {
  readonly #options: JudgeOptions
  readonly #hello: Alarm
  readonly #silence: Alarm
  readonly #death: Alarm
  readonly #awake: Wakefulness
  /** Told by the carrier and not yet by the stream. */
  readonly #missing = new Map<EventId, Alarm>()
  #heartbeatMs = 10_000
  #connection: Connection | null = null
  #doubt: Doubt | null = null
  #asking = false
  /** When a short reply last got through, and since when they do; −Infinity, and null: none did since the doubt began. */
  #answeredMs = -Infinity
  #throughSinceMs: number | null = null
  #overdue = false
  #silent = false
  #strikes = 0

  constructor(options: JudgeOptions) {
    const { clock } = options
    this.#options = options
    this.#hello = new Alarm(clock)
    this.#silence = new Alarm(clock)
    this.#death = new Alarm(clock)
    this.#awake = new Wakefulness(clock)
  }

  get isInDoubt(): boolean {
    return this.#doubt !== null
  }

  /** Longer than a heartbeat. */
  get isSilent(): boolean {
    return this.#silent
  }

  set heartbeatSeconds(seconds: number) {
    this.#heartbeatMs = seconds * 1_000
  }

  /** A request for the stream is on its way. */
  opened(): void {
    this.ended()
    const now = this.#options.clock.now()
    this.#connection = { openedMs: now, meter: new DelayMeter(), helloMs: null, heardMs: now, distrustedMs: -Infinity }
    this.#awaitHello()
    this.#awaitLife()
  }

  /** There is no connection to judge. Doubt stays. */
  ended(): void {
    this.#connection = null
    this.#overdue = this.#silent = false
    for (const alarm of [this.#hello, this.#silence, this.#death, ...this.#missing.values()]) alarm.cancel()
    this.#missing.clear()
  }

  /** There is no stream, and none is wanted. */
  dismiss(): void {
    this.ended()
    this.#settle()
  }

  /** Raises doubt, and asks for a short reply unless there was one just now. */
  suspect(doubt: Doubt = 'late'): void {
    this.#raise(doubt)
    const now = this.#options.clock.now()
    if (this.#asking || now - this.#answeredMs < graceMs) return
    this.#asking = true
    this.#options.onDoubt()
  }

  /** The network may have changed under it. `asking`: a short reply has been asked for. */
  distrust(asking: boolean): void {
    this.#raise('late')
    this.#asking = asking
    if (this.#connection) this.#connection.distrustedMs = this.#options.clock.now()
  }

  /** The next stream has to prove itself. A short reply has just got through. */
  beginTrial(): void {
    this.#raise('late')
    this.answered()
  }

  /** A short reply got through. */
  answered(): void {
    if (!this.#doubt) return
    this.#asking = false
    this.#answeredMs = this.#options.clock.now()
    this.#throughSinceMs ??= this.#answeredMs
    if (this.#overdue) this.#judgeHello()
    if (this.#silent) this.#judgeSilence()
  }

  /** No reply came, short or not. Another is on its way. */
  unanswered(): void {
    this.#asking = this.#doubt !== null
    this.#throughSinceMs = null
  }

  /** The stream told an event, which has been handed on. */
  heard(event: StreamEvent): void {
    const connection = this.#connection
    if (!connection) return
    connection.heardMs = this.#options.clock.now()
    this.#silent = false
    this.#awaitNext()
    this.#awaitLife()
    if ('id' in event) this.#found(event.id)
    if (event.type === 'hello') this.#greeted(connection)
    this.#measure(connection, event)
  }

  /** The carrier told an event that the stream has not told yet. */
  carried(id: EventId): void {
    if (!this.#connection || this.#connection.helloMs === null) return // without a hello there is nothing else to be expected
    const alarm = new Alarm(this.#options.clock)
    this.#missing.set(id, alarm)
    alarm.set(latenessMs, (asleep) => this.#judgeMissing(alarm, asleep))
  }

  #raise(doubt: Doubt): void {
    if (!this.#doubt) this.#awake.begin()
    this.#doubt = this.#doubt === 'late' ? 'late' : doubt
  }

  #awaitHello(): void {
    this.#overdue = false
    this.#hello.set(helloSoonMs, (asleep) => {
      if (asleep) return this.#awaitHello()
      this.suspect()
      this.#hello.set(helloLatestMs - helloSoonMs, (asleep) => {
        if (asleep) return this.#awaitHello()
        this.#overdue = true
        this.#options.onOverdue()
        this.#judgeHello()
      })
    })
  }

  #judgeHello(): void {
    if (!this.#connection || this.#answeredMs < this.#connection.openedMs) return // as soon as there is an answer
    const leftMs = this.#answeredMs + graceMs - this.#options.clock.now()
    this.#hello.set(Math.max(0, leftMs), (asleep) => asleep ? this.#awaitHello() : this.#condemn())
  }

  #greeted(connection: Connection): void {
    const now = this.#options.clock.now()
    connection.helloMs = now
    this.#overdue = false
    this.#hello.cancel()
    if (this.#doubt === 'unreachable' && now - connection.openedMs < helloSoonMs) this.#prove()
  }

  #awaitNext(): void {
    this.#silence.set(this.#heartbeatMs + latenessMs, (asleep) => {
      // Heartbeats that came while the page slept are about to be told.
      if (asleep) this.#silence.set(graceMs, () => this.#fallSilent())
      else this.#fallSilent()
    })
  }

  #fallSilent(): void {
    this.#silent = true
    this.suspect() // and once that is answered, it is judged
    if (!this.#asking) this.#judgeSilence()
  }

  #judgeSilence(): void {
    this.#silence.set(graceMs, (asleep) => {
      if (asleep) return this.#judgeSilence()
      if (this.#mayHaveDied || ++this.#strikes < strikesToHold) this.#options.onSilent()
      else this.#hold()
    })
  }

  #awaitLife(): void {
    this.#death.set(this.#heartbeatMs * patienceHeartbeats, () => this.#options.onSilent())
  }

  #found(id: EventId): void {
    this.#missing.get(id)?.cancel()
    this.#missing.delete(id)
  }

  #judgeMissing(alarm: Alarm, asleep: boolean): void {
    if (asleep) return alarm.set(latenessMs, (asleep) => this.#judgeMissing(alarm, asleep))
    const { clock } = this.#options
    const isAlive = this.#connection !== null && clock.now() - this.#connection.heardMs <= this.#heartbeatMs + latenessMs
    if (isAlive) this.#condemn() // else it may just be dead, and silence is judged anyway
  }

  #measure({ meter, helloMs }: Connection, event: StreamEvent): void {
    const { clock, time } = this.#options
    const now = clock.now()
    const delay = meter.take(event, time.ours(event.at), now)
    if (delay.name === 'late') return this.#isEvidence(delay.writtenMs) ? this.#hold() : this.suspect()
    const afterHelloMs = now - (helloMs ?? now)
    const tells = delay.name === 'timely' && (event.type === 'heartbeat' || afterHelloMs > this.#heartbeatMs)
    if (tells && this.#missing.size === 0) this.#prove()
  }

  /** It was written when short replies got through, and nobody slept since. */
  #isEvidence(writtenMs: number): boolean {
    return writtenMs >= (this.#throughSinceMs ?? Infinity) && writtenMs >= this.#awake.sinceMs
  }

  /** Short replies get through and the stream does not tell. */
  #condemn(): void {
    if (this.#mayHaveDied) this.#options.onSilent()
    else this.#hold()
  }

  get #mayHaveDied(): boolean {
    return this.#connection !== null && this.#connection.heardMs <= this.#connection.distrustedMs
  }

  #hold(): void {
    this.#strikes = 0
    this.ended()
    this.#options.onHeld()
  }

  #prove(): void {
    this.#strikes = 0
    if (!this.#doubt) return
    this.#settle()
    this.#options.onProven()
  }

  #settle(): void {
    this.#doubt = null
    this.#asking = false
    this.#answeredMs = -Infinity
    this.#throughSinceMs = null
    this.#awake.end()
  }
}
