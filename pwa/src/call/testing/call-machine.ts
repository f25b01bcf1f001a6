// The server's call (server/call) in the tests' own language, rule by rule: a call and an action in, the call after it
// or a refusal out. Every change raises the revision by one.
import type { Call, CallId, PeerId } from '../../protocol/types'

type InviteState = Call['invited'][number]['state']
type Reason = NonNullable<Call['reason']>

export interface CallRecord {
  readonly call: Call
  /** Whoever joins the room while it rings is rung, too. */
  readonly open: boolean
  readonly former: readonly PeerId[]
  readonly capacity: number
}

export type Action =
  | { type: 'accept', peer: PeerId }
  | { type: 'decline', peer: PeerId, reason: 'declined' | 'busy' }
  | { type: 'hangup', peer: PeerId, reason: 'hangup' | 'failed' }
  | { type: 'gone', peer: PeerId, expired: boolean }
  | { type: 'arrived', peer: PeerId }
  | { type: 'timeout' }

export class Refused extends Error {
  readonly code: 'call-over' | 'call-full' | 'not-invited' | 'not-in-call'

  constructor(code: Refused['code']) {
    super(code)
    this.code = code
  }
}

export interface Start { id: CallId, caller: PeerId, invited: readonly PeerId[], open: boolean, video: boolean, capacity: number, nowMs: number }

export function begin({ id, caller, invited: peers, open, video, capacity, nowMs }: Start): CallRecord {
  const invited = peers.filter((peer) => peer !== caller).map((peer) => ({ peer, state: 'ringing' as const }))
  const createdAt = timeOf(nowMs)
  const call: Call = { id, room: 'r', revision: 1, state: 'ringing', video, caller, invited, participants: [caller], createdAt }
  return { call, open, former: [], capacity }
}

/** The same record where nothing changed. Throws Refused. */
export function apply(record: CallRecord, action: Action, nowMs: number): CallRecord {
  const after = applied(record, action, timeOf(nowMs))
  return after === record ? record : { ...after, call: { ...after.call, revision: record.call.revision + 1 } }
}

function applied(record: CallRecord, action: Action, at: string): CallRecord {
  switch (action.type) {
    case 'accept': return accept(record, action.peer, at)
    case 'decline': return decline(record, action.peer, action.reason, at)
    case 'hangup': return hangup(record, action.peer, action.reason, at)
    case 'gone': return withdraw(record, action.peer, 'left', action.expired ? 'failed' : 'hangup', at)
    case 'arrived': return arrived(record, action.peer)
    case 'timeout': return record.call.state === 'ringing' ? end(record, unanswered(record), at) : record
    default: return action satisfies never
  }
}

function accept(record: CallRecord, peer: PeerId, at: string): CallRecord {
  const { call, capacity, former } = record
  if (call.state === 'ended') throw new Refused('call-over')
  if (call.state === 'ringing' && !inviteOf(record, peer)) throw new Refused('not-invited')
  if (call.participants.includes(peer)) return record
  if (call.participants.length >= capacity) throw new Refused('call-full')
  const joined: Call = { ...call, state: 'active', answeredAt: call.answeredAt ?? at, participants: [...call.participants, peer] }
  return mark({ ...record, call: joined, former: former.filter((each) => each !== peer) }, peer, 'accepted')
}

function decline(record: CallRecord, peer: PeerId, reason: 'declined' | 'busy', at: string): CallRecord {
  const { call } = record
  const was = inviteOf(record, peer)
  if (was === 'declined' || was === 'busy') return record
  if (call.state === 'ended') throw new Refused('call-over')
  if (was === 'left' && !call.participants.includes(peer)) return record
  if (was !== 'ringing') throw new Refused('not-invited')
  return stopRinging(record, peer, reason, at)
}

function hangup(record: CallRecord, peer: PeerId, reason: Reason, at: string): CallRecord {
  const after = withdraw(record, peer, 'declined', reason, at)
  if (after !== record || record.call.state === 'ended' || inviteOf(record, peer) || record.former.includes(peer)) return after
  throw new Refused('not-in-call')
}

function arrived(record: CallRecord, peer: PeerId): CallRecord {
  const { call, open } = record
  if (call.state !== 'ringing') return record
  const was = inviteOf(record, peer)
  if (was === 'left') return mark(record, peer, 'ringing')
  if (!open || was || peer === call.caller) return record
  return { ...record, call: { ...call, invited: [...call.invited, { peer, state: 'ringing' }] } }
}

function withdraw(record: CallRecord, peer: PeerId, as: InviteState, why: Reason, at: string): CallRecord {
  const { call } = record
  if (call.state === 'ended') return record
  if (call.state === 'ringing' && peer === call.caller) return end(record, 'cancelled', at)
  if (inviteOf(record, peer) === 'ringing') return stopRinging(record, peer, as, at)
  if (!call.participants.includes(peer)) return record
  const participants = call.participants.filter((each) => each !== peer)
  const after = mark({ ...record, call: { ...call, participants }, former: [...record.former, peer] }, peer, 'left')
  return participants.length < 2 ? end(after, why, at) : after
}

function stopRinging(record: CallRecord, peer: PeerId, as: InviteState, at: string): CallRecord {
  const after = mark(record, peer, as)
  const over = after.call.state === 'ringing' && !after.call.invited.some(({ state }) => state === 'ringing')
  return over ? end(after, unanswered(after), at) : after
}

function mark(record: CallRecord, peer: PeerId, state: InviteState): CallRecord {
  const invited = record.call.invited.map((each) => each.peer === peer ? { ...each, state } : each)
  return { ...record, call: { ...record.call, invited } }
}

function end(record: CallRecord, reason: Reason, endedAt: string): CallRecord {
  return { ...record, call: { ...record.call, state: 'ended', reason, endedAt } }
}

function unanswered({ call }: CallRecord): Reason {
  if (call.invited.some(({ state }) => state === 'declined')) return 'declined'
  return call.invited.some(({ state }) => state === 'busy') ? 'busy' : 'timeout'
}

function inviteOf({ call }: CallRecord, peer: PeerId): InviteState | undefined {
  return call.invited.find((each) => each.peer === peer)?.state
}

function timeOf(nowMs: number): string {
  return new Date(nowMs).toISOString()
}
