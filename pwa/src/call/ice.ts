// ICE servers with credentials that run out: fresh ones for every new connection.
import type { Clock } from '../protocol/clock'
import type { IceAnswer } from '../protocol/types'

/** The join answer has no lifetime in it; credentials are good for at least this long. */
const joinAnswerTtlMs = 60_000

export class IceServers {
  readonly #clock: Clock
  readonly #ask: () => Promise<IceAnswer>
  #servers: readonly RTCIceServer[] = []
  #staleAtMs = 0
  #asking: Promise<void> | null = null

  constructor(clock: Clock, ask: () => Promise<IceAnswer>) {
    this.#clock = clock
    this.#ask = ask
  }

  /** For RTCConfiguration. */
  get current(): RTCIceServer[] {
    return [...this.#servers]
  }

  /** Whether any of them relays. */
  get relays(): boolean {
    return this.#servers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/i.test(url)))
  }

  /** Those of the join answer. */
  take(servers: readonly RTCIceServer[]): void {
    this.#servers = servers
    this.#staleAtMs = this.#clock.now() + joinAnswerTtlMs
  }

  /** Asks anew when four fifths of the lifetime are over. Where that fails the old ones stay: they may still do. */
  refresh(): Promise<void> {
    if (this.#clock.now() < this.#staleAtMs) return Promise.resolve()
    return this.#asking ??= this.#fetch().finally(() => { this.#asking = null })
  }

  /** Keeps them fresh for as long as a call is on, for connections that have to be made anew. */
  keepFresh(signal: AbortSignal): void {
    const cancel = this.#clock.after(Math.max(this.#staleAtMs - this.#clock.now(), 30_000), () => {
      signal.removeEventListener('abort', cancel)
      void this.refresh().then(() => signal.aborted || this.keepFresh(signal))
    })
    signal.addEventListener('abort', cancel)
  }

  async #fetch(): Promise<void> {
    try {
      const { iceServers, ttlSeconds } = await this.#ask()
      this.#servers = iceServers
      this.#staleAtMs = this.#clock.now() + ttlSeconds * 800
    } catch {
      // Asked again for the next connection.
    }
  }
}
