// From `unknown` to the contract's shapes. Everything the server says passes here once; whoever reads on may trust it.
import type { Call, IceAnswer, Invitation, Joined, MediaState, Peer, PollAnswer, RoomInfo, Tokens } from './types'

/** Thrown inside a decoder, with the path of what was wrong; never leaves `protocol`. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
}

export type Fields = Readonly<Record<string, unknown>>

export function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ShapeError(`${what} is not an object`)
  return value as Fields
}

export function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new ShapeError(`${what} is not a string`)
  return value
}

export function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function number(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new ShapeError(`${what} is not a number`)
  return value
}

export function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ShapeError(`${what} is not a list`)
  return value
}

function oneOf<const T extends string>(value: unknown, known: readonly T[], what: string): T {
  const found = known.find((word) => word === value)
  if (found === undefined) throw new ShapeError(`${what} is none of ${known.join(', ')}`)
  return found
}

function mediaState(value: unknown): MediaState {
  const { audio, video, screen } = fields(value ?? {}, 'media')
  return { audio: audio === true, video: video === true, screen: screen === true }
}

export function peer(value: unknown): Peer {
  const { id, name, media, joinedAt } = fields(value, 'peer')
  return { id: text(id, 'peer.id'), name: text(name ?? '', 'peer.name'), media: mediaState(media), joinedAt: text(joinedAt, 'peer.joinedAt') }
}

export function peers(value: unknown): readonly Peer[] {
  return list(value, 'peers').map(peer)
}

function invitation(value: unknown): Invitation {
  const invited = fields(value, 'invited')
  return {
    peer: text(invited['peer'], 'invited.peer'),
    state: oneOf(invited['state'], ['ringing', 'accepted', 'declined', 'busy', 'left'], 'invited.state'),
  }
}

const endReasons = ['cancelled', 'declined', 'busy', 'timeout', 'hangup', 'failed'] as const

export function call(value: unknown): Call {
  const raw = fields(value, 'call')
  const reason = endReasons.find((word) => word === raw['reason'])
  const { note, answeredAt, endedAt } = raw
  return {
    id: text(raw['id'], 'call.id'),
    room: text(raw['room'], 'call.room'),
    revision: number(raw['revision'], 'call.revision'),
    state: oneOf(raw['state'], ['ringing', 'active', 'ended'], 'call.state'),
    ...(reason && { reason }),
    video: raw['video'] !== false,
    ...(typeof note === 'string' && { note }),
    caller: text(raw['caller'], 'call.caller'),
    invited: list(raw['invited'] ?? [], 'call.invited').map(invitation),
    participants: list(raw['participants'] ?? [], 'call.participants').map((id) => text(id, 'call.participants')),
    createdAt: text(raw['createdAt'], 'call.createdAt'),
    ...(typeof answeredAt === 'string' && { answeredAt }),
    ...(typeof endedAt === 'string' && { endedAt }),
  }
}

export function optionalCall(value: unknown): Call | null {
  return value === null || value === undefined ? null : call(value)
}

function iceServer(value: unknown): RTCIceServer {
  const { urls, username, credential } = fields(value, 'iceServer')
  return {
    urls: Array.isArray(urls) ? urls.map((url) => text(url, 'iceServer.urls')) : text(urls, 'iceServer.urls'),
    ...(typeof username === 'string' && { username }),
    ...(typeof credential === 'string' && { credential }),
  }
}

export function iceAnswer(value: unknown): IceAnswer {
  const { iceServers, ttlSeconds } = fields(value, 'ice answer')
  return { iceServers: list(iceServers, 'iceServers').map(iceServer), ttlSeconds: number(ttlSeconds, 'ttlSeconds') }
}

export function tokens(value: unknown): Tokens {
  const raw = fields(value, 'tokens')
  return {
    token: text(raw['token'], 'token'),
    streamToken: text(raw['streamToken'], 'streamToken'),
    tokenExpiresAt: text(raw['tokenExpiresAt'], 'tokenExpiresAt'),
  }
}

export function joined(value: unknown): Joined {
  const raw = fields(value, 'join answer')
  return {
    ...tokens(raw),
    peer: peer(raw['peer']),
    peers: peers(raw['peers']),
    call: optionalCall(raw['call']),
    iceServers: list(raw['iceServers'] ?? [], 'iceServers').map(iceServer),
    lastEventId: text(raw['lastEventId'], 'lastEventId'),
    heartbeatSeconds: number(raw['heartbeatSeconds'], 'heartbeatSeconds'),
  }
}

export function pollAnswer(value: unknown): PollAnswer {
  const raw = fields(value, 'poll answer')
  const lastEventId = text(raw['lastEventId'], 'lastEventId')
  if (lastEventId === '') throw new ShapeError('lastEventId is empty')
  return { events: list(raw['events'], 'events'), lastEventId, at: text(raw['at'], 'at') }
}

/** When the server took what it was sent; absent from an older server. */
export function receipt(value: unknown): { readonly at: string | undefined } {
  return { at: optionalText(fields(value, 'receipt')['at']) }
}

export function roomInfo(value: unknown): RoomInfo {
  const raw = fields(value, 'room')
  const { state } = fields(raw['call'] ?? {}, 'room.call')
  return {
    room: text(raw['room'], 'room'),
    callCapacity: number(raw['callCapacity'], 'callCapacity'),
    passcodeRequired: raw['passcodeRequired'] === true,
    callOn: state === 'ringing' || state === 'active',
  }
}
