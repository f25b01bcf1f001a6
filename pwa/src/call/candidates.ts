// Where remote candidates wait for the description they belong to.

/** A phone gathers a few dozen; whoever sends more than this before a description is not a browser. */
const mostHeld = 256

/**
 * Holds candidates until their description is set, and tells generations apart by ufrag: an ICE restart, a rolled
 * back offer or an ignored one leave candidates behind that must not reach the new one (RFC 8838 §13, JSEP §3.5).
 */
export class CandidateBox {
  #held: RTCIceCandidateInit[] = []
  #ufrags: ReadonlySet<string> | null = null

  /** The candidate if it belongs to the current remote description; otherwise it is kept for the next. */
  admit(candidate: RTCIceCandidateInit): RTCIceCandidateInit | null {
    if (this.#belongs(candidate)) return candidate
    if (this.#held.length < mostHeld) this.#held.push(candidate)
    return null
  }

  /** A remote description was set: answers the candidates that waited for it, in order, and forgets all others. */
  describe(sdp: string): readonly RTCIceCandidateInit[] {
    this.#ufrags = ufragsIn(sdp)
    const held = this.#held
    this.#held = []
    return held.filter((candidate) => this.#belongs(candidate))
  }

  #belongs({ usernameFragment }: RTCIceCandidateInit): boolean {
    if (!this.#ufrags) return false
    // Some implementations leave the ufrag out; then order is all there is to go by.
    return !usernameFragment || this.#ufrags.has(usernameFragment)
  }
}

/** One for each m-line that has its own; bundled, they are the same. */
export function ufragsIn(sdp: string): ReadonlySet<string> {
  return new Set([...sdp.matchAll(/^a=ice-ufrag:(\S+)/gm)].map((match) => match[1]!))
}
