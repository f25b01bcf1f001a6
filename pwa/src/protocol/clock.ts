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

/** How long an answer tells of the clocks: they drift. */
const freshMs = 300_000
/** An answer that is later than the others by more than this tells of a clock that was set, not of a long way. */
const jumpMs = 2_000
/** The same of what may be held up on its way. */
const heldJumpMs = 60_000

/**
 * The server's times by our own clock, which may be minutes off. Learnt from what the server stamped as it wrote it: the
 * quickest answer is nearest to the truth, since no way takes less than no time.
 */
export class ServerTime {
  readonly #clock: Clock
  /** The later, the slower: one that is older and slower than another tells nothing. */
  #samples: readonly { readonly takenMs: number, readonly aheadMs: number }[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Of an answer that the server gave at once. `at`: its clock (RFC 3339). */
  learnShort(at: string | undefined): void {
    const aheadMs = this.#aheadMs(at)
    if (aheadMs === null) return
    const takenMs = this.#clock.now()
    const jumped = aheadMs - this.#leastMs() > jumpMs
    const kept = this.#samples.filter((older) => !jumped && older.aheadMs < aheadMs && takenMs - older.takenMs < freshMs)
    this.#samples = [...kept, { takenMs, aheadMs }]
  }

  /** Of a stream's `hello`, which may have been held up: it counts where it is the quickest. */
  learn(at: string | undefined): void {
    const aheadMs = this.#aheadMs(at)
    const least = this.#leastMs()
    if (aheadMs !== null && (aheadMs < least || aheadMs - least > heldJumpMs)) this.#samples = [{ takenMs: this.#clock.now(), aheadMs }]
  }

  /** By our clock; null where `at` is no time, or the server's clock is not known yet. */
  ours(at: string | undefined): number | null {
    const atMs = Date.parse(at ?? '')
    return Number.isFinite(atMs) && this.#samples.length > 0 ? atMs + this.#leastMs() : null
  }

  /** A moment that has been, so never later than now; now, where the server names none. In ms since 1970. */
  past(at: string | undefined): number {
    const now = this.#clock.now()
    const atMs = Date.parse(at ?? '')
    return Math.min(this.ours(at) ?? (Number.isFinite(atMs) ? atMs : now), now)
  }

  /** How far our clock is ahead of the server's, and the way here. */
  #aheadMs(at: string | undefined): number | null {
    const atMs = Date.parse(at ?? '')
    return Number.isFinite(atMs) ? this.#clock.now() - atMs : null
  }

  /** Infinity as long as nothing was learnt. */
  #leastMs(): number {
    return Math.min(...this.#samples.map(({ aheadMs }) => aheadMs))
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
