// What can be found of each way from this page to a call, in the words of the screens and of the report.

/** In the order in which they are told. `yodel doctor` has the same, but for the last three. */
export const ways = ['page', 'sse', 'post-stream', 'long-poll', 'clock', 'stun-udp', 'turn-udp', 'turn-tcp', 'turn-tls', 'secure-origin', 'camera', 'microphone'] as const
export type Way = typeof ways[number]
export const relayWays = ['stun-udp', 'turn-udp', 'turn-tcp', 'turn-tls'] as const
export type RelayWay = typeof relayWays[number]

/** `held`: events that come all at once, when the stream has ended. `absent`: the server does not offer it. */
export type State = 'works' | 'slow' | 'held' | 'fails' | 'absent'

/** Why something fails. */
export type Reason =
  | 'no-answer' | 'not-ours' | 'cut'
  | 'no-candidate' // the relay gave no address
  | 'no-packet' // it did, and nothing came through
  | 'no-webrtc' | 'no-seat' | 'not-tried'
  | 'insecure' | 'denied' | 'missing' | 'busy'

export interface Finding {
  readonly way: Way
  /** `unasked`: camera and microphone are the person's to allow. */
  readonly state: State | 'waiting' | 'unasked'
  /** How late events come; of the page and a relay: there and back; of the clock: how far ours is ahead. */
  readonly delayMs?: number
  readonly reason?: Reason
  /** Of an ICE server. */
  readonly url?: string
}

/** Thrown by what looks at a way. */
export class Failure extends Error {
  override readonly name = 'Failure'
  constructor(readonly reason: Reason) {
    super(reason)
  }
}

export function failing(way: Way, error: unknown): Finding {
  return { way, state: 'fails', reason: error instanceof Failure ? error.reason : 'no-answer' }
}
