// The words of the HTTP contract as types, out of openapi.yaml (`npm run types` writes schema.d.ts).
import type { components } from './schema'

type Schemas = components['schemas']

/** What came from the server is looked at, never changed. */
type Frozen<T> = T extends readonly (infer Item)[] ? readonly Frozen<Item>[]
  : T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T

export type EventId = Schemas['EventId']
export type PeerId = Schemas['PeerId']
export type CallId = Schemas['CallId']

export type MediaState = Frozen<Schemas['Media']>
export type Peer = Frozen<Schemas['Peer']>
export type Invitation = Frozen<Schemas['Invited']>
/** `participants` is in order of joining; of any two the later one is polite. */
export type Call = Frozen<Schemas['Call']>
/** What renews. */
export type Tokens = Frozen<Schemas['Tokens']>
export type Hello = Frozen<Schemas['Hello']>

/** A long-poll's: what happened after the position asked for, each event still to be decoded. */
export interface PollAnswer {
  readonly events: readonly unknown[]
  readonly lastEventId: EventId
  /** Stamped when it was written. */
  readonly at: string
}

/** In the browser's own type, which wants to own its lists. */
export interface IceAnswer {
  readonly iceServers: readonly RTCIceServer[]
  readonly ttlSeconds: number
}

/** The members of the join answer that the app uses. */
export type Joined = Frozen<Omit<Schemas['Joined'], 'iceServers' | 'leaseSeconds'>> & Pick<IceAnswer, 'iceServers'>
/** `callOn`: one rings or is active; more nobody outside the room is told. */
export type RoomInfo = Frozen<Pick<Schemas['Room'], 'room' | 'callCapacity' | 'passcodeRequired'>> & { readonly callOn: boolean }

/** One signaling message on its way out: always for one peer, of one call, with an id that makes a retry harmless. */
export type Outgoing = { readonly [Key in 'id' | 'to' | 'call']: string } & Readonly<Pick<Schemas['OwnMessage'], 'type' | 'data'>>
