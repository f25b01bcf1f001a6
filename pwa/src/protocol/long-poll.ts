// The way that gets through everywhere: one request after another, each answered as soon as there is something to tell.
import type { Clock } from './clock'
import { decode, type DebugLog } from './decode'
import { endingOf, type Connection, type Ending, type Listener, type Transport } from './transport'
import type { EventId, PollAnswer } from './types'

export interface LongPollOptions {
  clock: Clock
  poll(request: PollRequest): Promise<PollAnswer>
  log: DebugLog
}

export interface PollRequest {
  readonly lastEventId: EventId
  readonly waitSeconds: number
  /** How long to wait for the answer, the server's own wait included. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** How long the server may keep us waiting: shorter where somebody on the way has less patience. */
const longestWaitSeconds = 25
const shortestWaitSeconds = 5
const mostHalvings = 3
/** So many waits in a row have to be cut before they are held to be too long, … */
const cutsToHalve = 2
/** … and so many have to last before longer ones are tried again. */
const waitsToDouble = 10
/** What fails within this time was not kept waiting, it failed. */
const soonMs = 1_000

/** For the way there and back. */
const timeoutMs = 10_000
/** A short reply takes milliseconds; on a connection that died unnoticed it takes for ever, and each attempt ends one of those. */
const shortTimeoutsMs = [3_000, 6_000]

export class LongPollTransport implements Transport {
  readonly rung = 'long-poll'
  readonly #options: LongPollOptions
  /** How often the wait had to be halved. */
  #halvings = 0
  #cuts = 0
  #lasted = 0
  /** Requests in a row without an answer. */
  #failures = 0

  constructor(options: LongPollOptions) {
    this.#options = options
  }

  open(position: () => EventId, listener: Listener): Connection {
    const aborter = new AbortController()
    void this.#run(position, listener, aborter.signal)
    return { close: () => aborter.abort() }
  }

  async #run(position: () => EventId, listener: Listener, signal: AbortSignal): Promise<void> {
    let waitSeconds = 0 // the first answer says at once that this way is open
    while (!signal.aborted) {
      const asked = position()
      const answer = await this.#ask(asked, waitSeconds, signal)
      if (signal.aborted) return
      if ('name' in answer) return listener.handleEnd(answer)
      this.#tell(asked, answer, listener, signal)
      waitSeconds = Math.max(shortestWaitSeconds, Math.floor(longestWaitSeconds / 2 ** this.#halvings))
    }
  }

  #tell(asked: EventId, { events, lastEventId }: PollAnswer, listener: Listener, signal: AbortSignal): void {
    let from = asked
    for (const raw of events) {
      const event = decode(raw, this.#options.log)
      if (!event) continue
      if ('id' in event) from = event.id
      if (event.type === 'hello') from = event.lastEventId
      listener.handleEvent(event)
      if (signal.aborted) return // it may have been the last word
    }
    listener.handleAnswer({ from, lastEventId })
  }

  async #ask(lastEventId: EventId, waitSeconds: number, signal: AbortSignal): Promise<PollAnswer | Ending> {
    const { clock, poll } = this.#options
    const begunMs = clock.now()
    const patienceMs = waitSeconds > 0 ? waitSeconds * 1_000 + timeoutMs : shortTimeoutsMs[this.#failures] ?? timeoutMs
    try {
      const answer = await poll({ lastEventId, waitSeconds, timeoutMs: patienceMs, signal })
      const tookMs = clock.now() - begunMs
      const lasted = tookMs >= waitSeconds * 1_000 - soonMs
      if (answer.events.length === 0 && !lasted) return this.#cut(tookMs) // somebody else's answer
      this.#failures = 0
      if (waitSeconds > 0 && lasted) this.#last()
      return answer
    } catch (error) {
      const ending = endingOf(error)
      if (signal.aborted) return ending
      return ending.name === 'cut' && waitSeconds > 0 ? this.#cut(clock.now() - begunMs) : this.#fail(ending)
    }
  }

  #last(): void {
    this.#cuts = 0
    if (++this.#lasted < waitsToDouble) return
    this.#lasted = 0
    this.#halvings = Math.max(0, this.#halvings - 1)
  }

  /** A wait that did not last. */
  #cut(afterMs: number): Ending {
    this.#lasted = 0
    if (afterMs >= soonMs && ++this.#cuts >= cutsToHalve) {
      this.#cuts = 0
      this.#halvings = Math.min(mostHalvings, this.#halvings + 1)
    }
    return this.#fail({ name: 'cut' })
  }

  #fail(ending: Ending): Ending {
    this.#failures++
    return ending
  }
}
