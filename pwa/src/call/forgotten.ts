// A call that the server has forgotten: it lost its log while people were in it. For them it goes on, and they make it again
// under its id. What the call is to them meanwhile, and whose turn it is to do what. Pure.
//
// The earliest participant who is back makes it, for those who are back, too; they accept, in the order they had, so that
// everybody keeps their role towards the others and the connections between them. Whose turn it is gets a few seconds before
// the next one takes it. If two make it at once the server lets one of them. A call that rang is made again by its caller alone.
import type { Call, PeerId } from '../protocol/types'

export interface Forgotten {
  /** As it was. */
  readonly call: Call
  /** Its participants who are not back in it yet. */
  readonly missing: readonly PeerId[]
}

/** The same call made again has another time of its making. */
export function isSame(a: Call, b: Call): boolean {
  return a.id === b.id && a.createdAt === b.createdAt
}

/** Null where it is no concern of `self`'s. */
export function forgottenBy(call: Call, self: PeerId): Forgotten | null {
  if (call.state === 'ended') return null
  const concerns = call.participants.includes(self) || (call.state === 'ringing' && invitationOf(call, self) === 'ringing')
  return concerns ? { call, missing: call.participants } : null
}

/** Made again as `now`, it was forgotten a second time. */
export function forgottenAgain(forgotten: Forgotten, now: Call): Forgotten {
  if (isSame(now, forgotten.call) || forgotten.call.state === 'ringing') return { call: now, missing: now.participants }
  const call: Call = { ...now, state: 'active', participants: goingOn(forgotten, now).participants }
  return { call, missing: call.participants }
}

/** As it is by the server's word `now`. Null once nothing is left to be done. */
export function healed(forgotten: Forgotten, now: Call): Forgotten | null {
  if (isSame(now, forgotten.call) && now.state !== 'ended') return forgotten
  if (now.state === 'ended' || forgotten.call.state === 'ringing') return null
  const missing = forgotten.missing.filter((peer) => !now.participants.includes(peer) && !hasRefused(now, peer))
  return missing.length === 0 && now.state === 'active' ? null : { ...forgotten, missing }
}

/** To whoever was in it: the others keep their places until it is known that they will not come back. */
export function goingOn({ call, missing }: Forgotten, now: Call): Call {
  const kept = call.participants.filter((peer) => missing.includes(peer) || now.participants.includes(peer))
  const others = now.participants.filter((peer) => !call.participants.includes(peer))
  return { ...call, participants: [...kept, ...others] }
}

export interface Scene {
  readonly forgotten: Forgotten
  /** By the server's last word: made again, or as it was. */
  readonly now: Call
  readonly self: PeerId
  /** Whether somebody is in the room. */
  isPresent(peer: PeerId): boolean
  /** Since somebody of the call last came or went. */
  readonly waitedMs: number
}

/** `to` null: it rings whoever it rang, and whoever comes. */
export type Step = { readonly name: 'make', readonly to: readonly PeerId[] | null } | { readonly name: 'accept' } | null

/** For a POST and its event. */
const turnMs = 3_000
/** For a stream that is down: longer than between two attempts. */
const graceMs = 10_000

export function stepOf({ forgotten: { call, missing }, now, self, isPresent, waitedMs }: Scene): Step {
  const before = call.participants.slice(0, Math.max(0, call.participants.indexOf(self))).filter(isPresent)
  if (!isSame(now, call)) {
    if (!missing.includes(self)) return null
    const mayAccept = now.state === 'active' || invitationOf(now, self) === 'ringing'
    const isTheirTurn = waitedMs < before.length * turnMs && before.some((peer) => missing.includes(peer))
    return mayAccept && !isTheirTurn ? { name: 'accept' } : null
  }
  if (call.state === 'ringing') return call.caller === self ? { name: 'make', to: null } : null
  const to = call.participants.filter((peer) => peer !== self && isPresent(peer))
  const isComplete = to.length === call.participants.length - 1
  const dueMs = (isComplete ? 0 : graceMs) + before.length * turnMs
  return to.length > 0 && waitedMs >= dueMs ? { name: 'make', to } : null
}

function invitationOf(call: Call, peer: PeerId) {
  return call.invited.find((invited) => invited.peer === peer)?.state
}

function hasRefused(call: Call, peer: PeerId): boolean {
  const state = invitationOf(call, peer)
  return state === 'declined' || state === 'busy'
}
