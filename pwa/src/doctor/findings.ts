// What can be found of each way from this page to a call, in the words of the screens and of the report.

/** In the order in which they are told. `yodel doctor` has the same, but for the last three. */
export const ways = ['page', 'sse', 'post-stream', 'long-poll', 'clock', 'stun-udp', 'turn-udp', 'turn-tcp', 'turn-tls', 'secure-origin', 'camera', 'microphone'] as const
export type Way = typeof ways[number]
export const relayWays = ['stun-udp', 'turn-udp', 'turn-tcp', 'turn-tls'] as const
export type RelayWay = typeof relayWays[number]

/**
 * `held`: events that come all at once, when the stream has ended. `refused`: the way is open; the server was reached and
 * said no. `absent`: the server does not offer it.
 */
export type State = 'works' | 'slow' | 'held' | 'refused' | 'fails' | 'absent'

/** Why something fails. */
export type Reason =
  | 'no-answer' | 'cut'
  | 'unconnected' // the browser does not say why
  | 'went-away' // it answered, and then no more
  | 'no-stream' // an answer, perhaps, and no event
  | AnswerReason
  | 'no-candidate' // the relay cannot be reached
  | 'unexplained' // or it refuses: this browser keeps that to itself
  | 'refusal' | 'no-packet' | 'no-seat' // it can, and does not relay
  | 'browser-forbids' // by its own settings or a policy
  | 'no-webrtc' | 'not-tried'
  | 'insecure' | 'denied' | 'missing' | 'busy'

/** Something answers, and not what was asked for. `gateway`: something in front of the server, which does not answer itself. */
export type AnswerReason = 'not-ours' | 'not-found' | 'sent-on' | 'wants-login' | 'forbidden' | 'gateway' | 'server-error' | 'too-often'

export interface Finding {
  readonly way: Way
  /** `unasked`: camera and microphone are the person's to allow. */
  readonly state: State | 'waiting' | 'unasked'
  /** How late events come; of the page and a relay: there and back; of the clock: how far ours is ahead. */
  readonly delayMs?: number
  readonly reason?: Reason
  /** Of the answer, of HTTP or STUN, where one says no. */
  readonly code?: number
  /** Of an ICE server. */
  readonly url?: string
}

/** Thrown by what looks at a way. */
export class Failure extends Error {
  override readonly name = 'Failure'
  /** `code`: of the answer; 0 without one. */
  constructor(readonly reason: Reason, readonly code = 0) {
    super(reason)
  }
}

const refusing: readonly Reason[] = ['refusal', 'no-packet', 'no-seat', 'too-often']

export function failing(way: Way, error: unknown): Finding {
  const { reason, code } = error instanceof Failure ? error : new Failure('no-answer')
  return { way, state: refusing.includes(reason) ? 'refused' : 'fails', reason, ...(code > 0 && { code }) }
}
