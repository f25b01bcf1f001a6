// Time and chance, handed in so that tests own both.

/** What waits, backs off or times out in this app asks this, never the globals. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Runs `task` once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, task: () => void): () => void
  /** 0 ≤ x < 1, for jitter. */
  random(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}

/** The server's times by our own clock, which may be minutes off. */
export class ServerTime {
  readonly #clock: Clock
  #aheadMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `at`: the server's clock (RFC 3339) on something that it wrote just now. */
  learn(at: string | undefined): void {
    const atMs = Date.parse(at ?? '')
    if (Number.isFinite(atMs)) this.#aheadMs = this.#clock.now() - atMs
  }

  /** A moment that has been, so never later than now; now, where the server names none. In ms since 1970. */
  past(at: string | undefined): number {
    const atMs = Date.parse(at ?? '')
    const now = this.#clock.now()
    return Number.isFinite(atMs) ? Math.min(atMs + this.#aheadMs, now) : now
  }
}

/** Resolves after `delayMs`, or as soon as `signal` aborts; it never rejects, so the caller looks at the signal. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const cancel = clock.after(delayMs, done)
    function done() {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    signal?.addEventListener('abort', done)
  })
}

/** `crypto.randomUUID` exists on secure origins only; a page on plain http://192.168.… still has to join and be told why. */
export function uuid(source: Crypto = crypto): string {
  if (typeof source.randomUUID === 'function') return source.randomUUID()
  const bytes = source.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40 // RFC 9562 §5.4: version 4
  bytes[8] = (bytes[8]! & 0x3f) | 0x80 // RFC 9562 §4.1: variant
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
