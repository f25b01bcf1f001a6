// What arrives on the event stream, as a union that `switch` can be checked against. The only place that looks into an envelope.
import * as shapes from './shapes'
import { fields, number, optionalText, ShapeError, text, type Fields } from './shapes'
import type * as wire from './types'
import type { Call, CallId, EventId, Peer, PeerId } from './types'

/** First on every stream. Without `resumed` what came before is lost (`gap`, `restart`) or was never asked for (`new`). */
export type Hello = { type: 'hello' } & Stamped & wire.Hello

interface Stamped {
  /** RFC 3339, the server's clock: when the event was stored, or written where it is not kept. */
  at?: string
}

/** Present in everything one peer says to another. */
interface FromPeer {
  id: EventId
  from: PeerId
  /** Lets us drop what belongs to an earlier call; null when the sender named none. */
  call: CallId | null
}

/**
 * Which RTCPeerConnection of the sender speaks, and to which of the receiver's (see call/remote.ts). Programs that
 * follow the contract alone send neither.
 */
export interface Addressed {
  connection?: string
  toConnection?: string
}

export type Message =
  | FromPeer & Addressed & { type: 'offer', description: { type: 'offer', sdp: string } }
  | FromPeer & Addressed & { type: 'answer', description: { type: 'answer', sdp: string } }
  | FromPeer & Addressed & { type: 'candidate', candidate: RTCIceCandidateInit } // '' ends the generation

/** What peers say to each other in words of their own. */
export type OwnWord = FromPeer & { type: 'other', word: string, data: unknown }

export type StreamEvent = Stamped & Described

type Described =
  | Hello
  | { type: 'heartbeat' }
  | { type: 'goodbye', reason: 'draining' | 'refresh' | 'replaced' | 'left' | 'unknown', retryAfterMs: number }
  | { type: 'reset' }
  | { type: 'peer-joined' | 'peer-updated', id: EventId, peer: Peer }
  | { type: 'peer-left', id: EventId, peer: Peer, reason: string }
  | { type: 'call', id: EventId, call: Call }
  | Message
  | OwnWord

/** Told what was dropped and why; never gets SDP, candidates or tokens. */
export type DebugLog = (message: string, facts: Record<string, unknown>) => void

// eslint-disable-next-line no-console -- the browser shows debug lines only to whoever asks for them
export const consoleDebug: DebugLog = (message, facts) => console.debug(message, facts)

/** One event from the JSON text of an SSE frame. Null, and a line in the debug log, for whatever is not one. Never throws. */
export function decodeText(json: string, log: DebugLog = consoleDebug): StreamEvent | null {
  try {
    return envelope(fields(JSON.parse(json), 'event'))
  } catch (error) {
    log('stream: event dropped', { reason: error instanceof ShapeError ? error.message : 'not JSON' })
    return null
  }
}

/** The same for an object that is already parsed, as a long-poll lists them. */
export function decode(value: unknown, log: DebugLog = consoleDebug): StreamEvent | null {
  try {
    return envelope(fields(value, 'event'))
  } catch (error) {
    log('stream: event dropped', { reason: error instanceof Error ? error.message : 'unknown' })
    return null
  }
}

function envelope(raw: Fields): StreamEvent {
  const at = optionalText(raw['at'])
  return { ...described(raw), ...(at !== undefined && { at }) }
}

function described(raw: Fields): Described {
  const type = text(raw['type'], 'type')
  switch (type) {
    case 'hello': return hello(fields(raw['data'], 'hello'))
    case 'heartbeat': return { type }
    case 'goodbye': return goodbye(fields(raw['data'], 'goodbye'))
    case 'reset': return { type }
    case 'peer-joined':
    case 'peer-updated': return { type, id: eventId(raw), peer: shapes.peer(raw['data']) }
    case 'peer-left': return { type, id: eventId(raw), peer: shapes.peer(raw['data']), reason: optionalText(fields(raw['data'], type)['reason']) ?? 'left' }
    case 'call': return { type, id: eventId(raw), call: shapes.call(raw['data']) }
    case 'offer':
    case 'answer':
    case 'candidate': return message(type, raw)
    default: return { type: 'other', word: type, ...fromPeer(raw), data: raw['data'] }
  }
}

function hello(data: Fields): Hello {
  const reason = (['new', 'gap', 'restart'] as const).find((word) => word === data['reason'])
  return {
    type: 'hello',
    peer: shapes.peer(data['peer']),
    peers: shapes.peers(data['peers']),
    call: shapes.optionalCall(data['call']),
    lastEventId: text(data['lastEventId'], 'hello.lastEventId'),
    heartbeatSeconds: number(data['heartbeatSeconds'], 'hello.heartbeatSeconds'),
    resumed: data['resumed'] === true,
    ...(reason && { reason }),
  }
}

function goodbye(data: Fields): Described {
  const reasons = ['draining', 'refresh', 'replaced', 'left'] as const
  const reason = reasons.find((word) => word === data['reason']) ?? 'unknown'
  const retryAfterMs = typeof data['retryAfterMs'] === 'number' ? Math.max(0, data['retryAfterMs']) : 0
  return { type: 'goodbye', reason, retryAfterMs }
}

function message(type: Message['type'], raw: Fields): Message {
  const data = fields(raw['data'], type)
  const head = { ...fromPeer(raw), ...addressed(data) }
  if (type === 'candidate') return { type, ...head, candidate: candidate(data) }
  if (data['type'] !== type) throw new ShapeError(`${type}.type is another`)
  const sdp = text(data['sdp'], `${type}.sdp`)
  return type === 'offer' ? { type, ...head, description: { type, sdp } } : { type, ...head, description: { type, sdp } }
}

/** Also used on the data of the app's own words. */
export function addressed(data: Fields): Addressed {
  const connection = optionalText(data['connection'])
  const toConnection = optionalText(data['toConnection'])
  return { ...(connection !== undefined && { connection }), ...(toConnection !== undefined && { toConnection }) }
}

// WebRTC §4.8.1: addIceCandidate takes the dictionary; what is absent must stay absent or be null.
function candidate(data: Fields): RTCIceCandidateInit {
  const { sdpMid, sdpMLineIndex, usernameFragment } = data
  return {
    candidate: text(data['candidate'], 'candidate.candidate'),
    sdpMid: typeof sdpMid === 'string' ? sdpMid : null,
    sdpMLineIndex: typeof sdpMLineIndex === 'number' ? sdpMLineIndex : null,
    usernameFragment: typeof usernameFragment === 'string' ? usernameFragment : null,
  }
}

function fromPeer(raw: Fields): FromPeer {
  return { id: eventId(raw), from: text(raw['from'], 'from'), call: optionalText(raw['call']) ?? null }
}

function eventId(raw: Fields): EventId {
  const id = text(raw['id'], 'id')
  if (id === '') throw new ShapeError('id is empty')
  return id
}
