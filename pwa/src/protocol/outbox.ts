// Everything this page says to other peers leaves through here: one POST at a time, in order, repeated with the same
// ids until the server has it. RFC 8838 §9 rests on this end as much as on the server's.
import { ApiProblem } from './api'
import { Backoff } from './backoff'
import { uuid, type Clock } from './clock'
import { Patience } from './patience'
import type { Outgoing, PeerId } from './types'

/** The contract takes 64 messages and 64 KiB in one POST; SDP and candidates are ASCII, one byte a character. */
const batchLimit = 64
const batchBytes = 48 * 1024

export interface OutboxOptions {
  clock: Clock
  post(messages: readonly Outgoing[], signal: AbortSignal): Promise<void>
  /** A message the server will never take. The rest goes on. */
  onDropped?(message: Outgoing, problem: ApiProblem): void
  /** The server does not know us any more (401): everything queued is gone. */
  onRefused?(problem: ApiProblem): void
  uuid?(): string
}

/** A recipient whose lease ran out holds up nobody but itself. */
interface Aside { untilMs: number, readonly backoff: Backoff }

export class Outbox {
  readonly #options: OutboxOptions
  readonly #backoff: Backoff
  readonly #aside = new Map<PeerId, Aside>()
  #queue: Outgoing[] = []
  #closed = false
  /** The POST under way; aborting it has the same messages posted again. */
  #posting: AbortController | null = null
  #postedAtMs = 0
  readonly #patience = new Patience()
  /** How many of the oldest go one by one: a batch was refused without a word on which element was bad. */
  #oneByOne = 0
  #notBeforeMs = 0
  #cancelWake: (() => void) | null = null

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.clock)
  }

  /** Queues a message; it leaves at once when nothing is before it. */
  send(message: Omit<Outgoing, 'id'>): void {
    if (this.#closed) return
    this.#queue.push({ ...message, id: (this.#options.uuid ?? uuid)() })
    this.#pump()
  }

  /** Takes back what has not been delivered, e.g. of a call that is over. */
  drop(which: (message: Outgoing) => boolean): void {
    this.#queue = this.#queue.filter((message) => !which(message))
  }

  /** Somebody came back (the network, the server, a peer): do not sit out the wait, nor a POST that hangs on a dead connection. */
  nudge(): void {
    this.#notBeforeMs = 0
    for (const aside of this.#aside.values()) aside.untilMs = 0
    if (this.#posting && this.#patience.endsAfter(this.#options.clock.now() - this.#postedAtMs)) this.#posting.abort()
    this.#pump()
  }

  close(): void {
    this.#closed = true
    this.#posting?.abort()
    this.#cancelWake?.()
    this.#queue = []
  }

  #pump(): void {
    this.#cancelWake?.()
    this.#cancelWake = null
    if (this.#posting || this.#queue.length === 0 || this.#closed) return
    const now = this.#options.clock.now()
    const batch = now < this.#notBeforeMs ? [] : this.#nextBatch(now)
    if (batch.length === 0) this.#wakeLater(now)
    else void this.#post(batch)
  }

  async #post(batch: readonly Outgoing[]): Promise<void> {
    const posting = this.#posting = new AbortController()
    this.#postedAtMs = this.#options.clock.now()
    try {
      await this.#options.post(batch, posting.signal)
      this.#delivered(batch)
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      if (!posting.signal.aborted) this.#failed(batch, error)
    } finally {
      this.#posting = null
    }
    this.#pump()
  }

  #nextBatch(now: number): Outgoing[] {
    const limit = this.#oneByOne > 0 ? 1 : batchLimit
    const batch: Outgoing[] = []
    let bytes = 0
    for (const message of this.#queue) {
      if (batch.length === limit) break
      if ((this.#aside.get(message.to)?.untilMs ?? 0) > now) continue
      bytes += JSON.stringify(message).length
      if (bytes > batchBytes && batch.length > 0) break
      batch.push(message)
    }
    return batch
  }

  #wakeLater(now: number): void {
    const times = [...this.#aside.values()].map((aside) => aside.untilMs).filter((untilMs) => untilMs > now)
    const atMs = this.#notBeforeMs > now ? this.#notBeforeMs : Math.min(...times)
    if (Number.isFinite(atMs)) this.#cancelWake = this.#options.clock.after(atMs - now, () => this.#pump())
  }

  #delivered(batch: readonly Outgoing[]): void {
    this.#backoff.reset()
    this.#patience.reset()
    for (const message of batch) this.#aside.delete(message.to)
    this.#forget(batch)
  }

  #forget(batch: readonly Outgoing[]): void {
    this.#oneByOne = Math.max(0, this.#oneByOne - batch.length)
    this.drop((message) => batch.includes(message))
  }

  #failed(batch: readonly Outgoing[], problem: ApiProblem): void {
    if (problem.status === 401) return this.#refused(problem)
    const bad = badElement(batch, problem)
    const alike = batch.every((message) => message.to === batch[0]?.to)
    if (problem.code === 'peer-away' && (bad || alike)) return this.#setAside((bad ?? batch[0]!).to, problem)
    if (problem.retryable && problem.code !== 'peer-away') {
      this.#notBeforeMs = this.#options.clock.now() + this.#backoff.next(problem.retryAfterMs)
    } else if (bad) {
      this.#forget([bad])
      this.#options.onDropped?.(bad, problem)
    } else {
      this.#oneByOne = batch.length
    }
  }

  #refused(problem: ApiProblem): void {
    this.#queue = []
    this.#options.onRefused?.(problem)
  }

  #setAside(to: PeerId, problem: ApiProblem): void {
    const aside = this.#aside.get(to) ?? { untilMs: 0, backoff: new Backoff(this.#options.clock) }
    aside.untilMs = this.#options.clock.now() + aside.backoff.next(problem.retryAfterMs)
    this.#aside.set(to, aside)
  }
}

/** `errors[].field` names the element of the array by its index, however it is spelled: `[3].to`, `3.to`, `/3/to`. */
function badElement(batch: readonly Outgoing[], problem: ApiProblem): Outgoing | null {
  if (batch.length === 1) return batch[0]!
  for (const { field } of problem.errors) {
    const index = /\d+/.exec(field)
    const found = index ? batch[Number(index[0])] : undefined
    if (found) return found
  }
  return null
}
