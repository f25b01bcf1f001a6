// How long a request may go without an answer while there is reason to think that its connection is dead. On a new one it takes
// milliseconds; a browser may put it on one dead connection of its pool after the other, and each attempt that is ended ends one.

/** Short replies take no longer, but for slow networks. */
const firstMs = 900
const longestMs = 8_000

export class Patience {
  #ms = firstMs

  /** Whether a request that was made so long ago is to be made again. If so, the next gets twice the time: it may be the network that is slow. */
  endsAfter(waitedMs: number): boolean {
    if (waitedMs < this.#ms) return false
    this.#ms = Math.min(longestMs, this.#ms * 2)
    return true
  }

  /** There was an answer. */
  reset(): void {
    this.#ms = firstMs
  }
}
