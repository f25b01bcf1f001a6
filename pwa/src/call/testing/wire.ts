// The way between one page and the server: nothing is in time, answers and events overtake each other, requests and
// answers get lost. What the contract promises it keeps: events come in their order.
import { ApiProblem } from '../../protocol/api'
import type { VirtualTime } from './virtual-time'

/** How long a page waits for an answer that does not come, at most. */
const patienceMs = 10_000
/** How long a request may hang somewhere before it arrives once more, when nobody waits for its answer any longer. */
const latestMs = 20_000

export interface Badness {
  /** The most that anything takes. */
  readonly slowestMs: number
  /** Of requests, and of answers to them, that get lost. */
  readonly lossRate: number
  /** Of requests that arrive once more, late. */
  readonly lateRate: number
}

export class Wire {
  readonly time: VirtualTime
  readonly #slowestMs: number
  readonly #lateRate: number
  #lossRate: number
  #arrivesAtMs = 0

  constructor(time: VirtualTime, { slowestMs, lossRate, lateRate }: Badness) {
    this.time = time
    this.#slowestMs = slowestMs
    this.#lossRate = lossRate
    this.#lateRate = lateRate
  }

  /** From now on nothing is lost. */
  mend(): void {
    this.#lossRate = 0
  }

  async request<T>(deed: () => T): Promise<T> {
    if (this.time.chance(this.#lateRate)) this.time.after(this.time.upTo(latestMs), () => void Promise.resolve().then(deed).catch(() => undefined))
    await this.#travel()
    const answer = await Promise.resolve().then(deed).then((value) => () => value, (error: unknown) => () => { throw error })
    await this.#travel()
    return answer()
  }

  /** Repeated until it is answered. Throws a refusal. */
  async insist<T>(deed: () => T): Promise<T> {
    for (;;) {
      try {
        return await this.request(deed)
      } catch (error) {
        if (!(error instanceof ApiProblem) || !error.retryable) throw error
      }
    }
  }

  /** Behind everything that was sent to this page before. */
  deliver(task: () => void): void {
    this.#arrivesAtMs = Math.max(this.#arrivesAtMs, this.time.now() + this.time.upTo(this.#slowestMs))
    this.time.after(this.#arrivesAtMs - this.time.now(), task)
  }

  async #travel(): Promise<void> {
    await this.time.wait(this.time.upTo(this.#slowestMs))
    if (!this.time.chance(this.#lossRate)) return
    await this.time.wait(this.time.upTo(patienceMs))
    throw new ApiProblem({ code: 'network', status: 0, retryable: true })
  }
}
