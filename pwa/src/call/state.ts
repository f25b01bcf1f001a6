// One call as one person lives it: a pure state machine from what the server says and what the person does to what
// the screen shows. Feeding it the same `call` events twice, late or out of order ends in the same state.
import type { Call, CallId, PeerId } from '../protocol/types'
import { forgottenAgain, forgottenBy, goingOn, healed, isSame, type Forgotten } from './forgotten'
import type { Outcome, Stage } from './view'

export interface CallState {
  /** '' before joining. */
  readonly self: PeerId
  /** The newest call of the room and its highest revision that we saw; ended ones too. */
  readonly call: Call | null
  /** About that call, over every revision seen however late: was I ever rung, was I ever in it, was it ever answered? */
  readonly rung: boolean
  readonly joined: boolean
  readonly answered: boolean
  /** A wish of mine that the server has not confirmed. */
  readonly intent: { readonly kind: 'start' | 'accept', readonly call: CallId } | null
  /** How I left that call by my own deed. What the server says of it later is not about me any more. */
  readonly left: { readonly call: CallId, readonly outcome: Outcome | null } | null
  /** The server does not know the call any more. */
  readonly lost: boolean
  /** The call, as long as the server has forgotten it and those who were in it are making it again. */
  readonly forgotten: Forgotten | null
  /** The call whose end I have been told. */
  readonly dismissed: CallId | null
  /** Camera and microphone are shown to me alone. */
  readonly preview: boolean
  readonly media: 'none' | 'flowing' | 'interrupted'
}

export type CallEvent =
  | { type: 'hello', self: PeerId, call: Call | null }
  | { type: 'call', call: Call }
  /** The server was asked and does not know this call any more. */
  | { type: 'lost', call: CallId }
  /** So it does not, because it lost its log. */
  | { type: 'forgotten', call: Call }
  /** Who has not come back into the forgotten call by now does not come. */
  | { type: 'given-up' }
  | { type: 'start', call: CallId }
  | { type: 'accept', call: CallId }
  /** The intent came to nothing; `outcome` where that is news of its own. */
  | { type: 'withdrawn', outcome?: 'full' }
  | { type: 'decline' }
  | { type: 'hangup' }
  /** Nobody in the call was heard for so long that I leave it. */
  | { type: 'failed' }
  | { type: 'dismiss' }
  | { type: 'preview', on: boolean }
  | { type: 'media', media: CallState['media'] }
  /** We are out of the room, or another page has our seat: no call is ours. */
  | { type: 'outside' }

export const nothing: CallState = {
  self: '', call: null, rung: false, joined: false, answered: false, intent: null, left: null, lost: false, forgotten: null, dismissed: null, preview: false, media: 'none',
}

export function next(state: CallState, event: CallEvent): CallState {
  const after = step(state, event)
  const { call, left, lost, forgotten } = after
  const isOver = forgotten !== null && (lost || call?.id !== forgotten.call.id || left?.call === forgotten.call.id)
  return isOver ? { ...after, forgotten: null } : after
}

function step(state: CallState, event: CallEvent): CallState {
  switch (event.type) {
    case 'hello': return hello({ ...state, self: event.self }, event.call)
    case 'call': return learn(state, event.call)
    case 'lost': return state.call?.id === event.call ? { ...state, lost: true } : state
    case 'forgotten': return forget(state, event.call)
    case 'given-up': return { ...state, forgotten: null }
    case 'start': return intend(state, { kind: 'start', call: event.call })
    case 'accept': return intend(state, { kind: 'accept', call: event.call })
    case 'withdrawn': return withdrawn(state, event.outcome)
    case 'decline': return isRung(state) && state.call ? { ...state, left: { call: state.call.id, outcome: null } } : state
    case 'hangup': return leave(state)
    case 'failed': return activeCallOf(state) ? leave(state, 'failed') : state
    case 'dismiss': return { ...state, dismissed: outcomeOf(state) ? idOf(state) : state.dismissed }
    case 'preview': return { ...state, preview: event.on }
    case 'media': return { ...state, media: event.media }
    case 'outside': return { ...nothing, dismissed: state.dismissed }
    default: return event satisfies never
  }
}

/** A snapshot is of now, so the call it tells of is not lost; an event or an answer may be from before it was. */
function hello(state: CallState, call: Call | null): CallState {
  return call ? learn({ ...state, lost: state.lost && state.call?.id !== call.id }, call) : state
}

function learn(state: CallState, call: Call): CallState {
  const known = state.call
  const same = known !== null && isSame(call, known)
  const again = known !== null && !same && call.id === known.id
  const expected = again && state.forgotten !== null && isSame(known, state.forgotten.call) // by the clock of another server, perhaps
  if (known && !same && !expected && !isLater(call, known)) return call.id === state.intent?.call ? { ...state, intent: null } : state // it is over
  if (again) return learnAgain(state, known, call)
  const rung = (same && state.rung) || invitationOf(call, state.self) === 'ringing'
  const joined = (same && state.joined) || call.participants.includes(state.self)
  const answered = (same && state.answered) || isAnswered(call)
  if (same && call.revision <= known.revision) return { ...state, rung, joined, answered }
  const mine = state.left?.call === call.id // left before its first event came
  const left = same || mine || !concerns(call, state.self) ? state.left : null
  const forgotten = state.forgotten && healed(state.forgotten, call)
  const learned: CallState = { ...state, call, rung, joined, answered, left, lost: false, forgotten, media: same ? state.media : 'none' }
  return fulfilled(learned) ? { ...learned, intent: null } : learned
}

/** A server that had forgotten the call tells of it again: somebody in it has made it anew. */
function learnAgain(state: CallState, known: Call, call: Call): CallState {
  const forgotten = state.forgotten ?? (activeCallOf(state) && forgottenBy(known, state.self))
  const over = known.state === 'ended' && state.left === null // for me it is, though somebody has not heard of it
  const left = over ? { call: call.id, outcome: outcomeOf(state) } : state.left
  const goesOn = forgotten?.call.state === 'active'
  const learned: CallState = {
    ...state, call, left, lost: false,
    rung: invitationOf(call, state.self) === 'ringing',
    joined: goesOn || call.participants.includes(state.self),
    answered: goesOn || isAnswered(call),
    forgotten: forgotten && healed(forgotten, call),
    media: goesOn ? state.media : 'none',
  }
  return fulfilled(learned) ? { ...learned, intent: null } : learned
}

/** `old`: as it was; for a page that was reloaded since the first it hears of it. */
function forget(state: CallState, old: Call): CallState {
  const { self, left } = state
  const call = state.call ?? old
  const before = state.forgotten?.call.id === old.id ? forgottenAgain(state.forgotten, old) : forgottenBy(old, self)
  if (!before || call.id !== old.id || left?.call === old.id) return step(state, { type: 'lost', call: old.id })
  const joined = state.joined || old.participants.includes(self)
  return { ...state, call, joined, answered: state.answered || isAnswered(before.call), lost: false, forgotten: healed(before, call) }
}

function isAnswered(call: Call): boolean {
  return call.answeredAt !== undefined || call.state === 'active'
}

// One call at a time in a room, so the later made is the later one; ids break a tie the same way everywhere.
function isLater(a: Call, b: Call): boolean {
  return a.createdAt === b.createdAt ? a.id > b.id : a.createdAt > b.createdAt
}

/** Whether the server's word settles what I was about to do. */
function fulfilled({ call, intent, self }: CallState): boolean {
  if (!call || call.id !== intent?.call) return false
  return intent.kind === 'start' || call.state === 'ended' || call.participants.includes(self)
}

function intend(state: CallState, intent: NonNullable<CallState['intent']>): CallState {
  const before = idOf(state) // its end is old news now, unless it is the one I go back to
  const left = state.left?.call === intent.call ? null : state.left
  return { ...state, intent, left, dismissed: before === intent.call ? null : before, media: 'none', preview: false }
}

function withdrawn(state: CallState, outcome?: 'full'): CallState {
  const { intent } = state
  if (!outcome || !intent) return { ...state, intent: null }
  return { ...state, intent: null, left: { call: intent.call, outcome } }
}

function leave(state: CallState, because?: 'failed'): CallState {
  const stage = stageOf(state)
  const id = state.intent?.call ?? state.call?.id
  if (!id || stage === 'idle' || stage === 'preview' || stage === 'ended') return state
  const outcome = stage === 'calling' ? 'cancelled' : stage === 'ringing' ? null : 'hangup'
  return { ...state, intent: null, left: { call: id, outcome: because ?? outcome }, media: 'none' }
}

/** The call that the stage is about. */
function idOf(state: CallState): CallId | null {
  return state.intent?.call ?? state.left?.call ?? state.call?.id ?? null
}

/** Whether I have a part in a call, be it only that I was asked. */
function concerns(call: Call, self: PeerId): boolean {
  return call.caller === self || call.participants.includes(self) || invitationOf(call, self) !== undefined
}

/** Whether it rings me, whatever I make of it. */
export function isAskedIn(call: Call, self: PeerId): boolean {
  return invitationOf(call, self) === 'ringing'
}

function invitationOf(call: Call, self: PeerId) {
  return call.invited.find((invited) => invited.peer === self)?.state
}

/** The call I am in by the server's word and have not left by mine: connections exist for exactly this one. */
export function activeCallOf(state: CallState): Call | null {
  const { call, self, left, lost, forgotten } = state
  if (call && forgotten?.call.state === 'active') return goingOn(forgotten, call)
  if (!call || lost || call.state !== 'active' || left?.call === call.id) return null
  return call.participants.includes(self) ? call : null
}

/** The call that a snapshot without one leaves in doubt: it may be newer than the snapshot, or the server has forgotten it. */
export function doubtfulCallOf({ call, lost, forgotten }: CallState): Call | null {
  if (!call || lost || call.state === 'ended') return null
  return forgotten && isSame(call, forgotten.call) ? null : call // that one the server has forgotten: nothing to ask
}

export function isRung(state: CallState): boolean {
  const { call, self, left, lost, intent } = state
  if (activeCallOf(state)) return false
  return call?.state === 'ringing' && !lost && !intent && left?.call !== call.id && invitationOf(call, self) === 'ringing'
}

/** Rung, or there is a call on that I am not in and that has a free place. */
export function canAccept(state: CallState, capacity: number): boolean {
  const { call, self, lost, intent } = state
  if (isRung(state)) return true
  if (call?.state !== 'active' || lost || intent || activeCallOf(state)) return false
  const mine = call.participants.includes(self) // still there by the server's word although I hung up: my own place
  return mine || call.participants.length < capacity
}

export function stageOf(state: CallState): Stage {
  const { call, intent, self, left, lost, media } = state
  if (intent) return intent.kind === 'start' ? 'calling' : 'connecting'
  if (activeCallOf(state)) return media === 'flowing' ? 'connected' : media === 'interrupted' ? 'reconnecting' : 'connecting'
  if (isRung(state)) return 'ringing'
  if (outcomeOf(state) && idOf(state) !== state.dismissed) return 'ended'
  if (call?.state === 'ringing' && !lost && call.caller === self && left?.call !== call.id) return 'calling'
  return state.preview ? 'preview' : 'idle'
}

/** How the last call ended for me; null where nothing has, or nothing that I have to be told. */
export function outcomeOf(state: CallState): Outcome | null {
  const { call, left, lost, joined, rung } = state
  if (state.intent) return null
  if (left) return left.outcome
  if (!call) return null
  if (lost) return joined ? 'failed' : rung ? 'missed' : null
  if (call.state === 'ringing') return null
  return state.answered ? answered(state, call) : unanswered(state, call)
}

function answered(state: CallState, call: Call): Outcome | null {
  if (state.joined) {
    if (call.state === 'ended') return call.reason === 'failed' || call.reason === 'timeout' ? 'failed' : 'hangup' // `timeout`: forgotten, and in vain
    return call.participants.includes(state.self) ? null : 'failed' // my lease ran out, the others go on
  }
  return state.rung && !refused(state, call) ? 'elsewhere' : null
}

function unanswered(state: CallState, call: Call): Outcome | null {
  if (call.caller === state.self) return call.reason ?? 'failed'
  if (!state.rung || refused(state, call)) return null
  return call.reason === 'cancelled' ? 'cancelled' : 'missed'
}

function refused({ self }: CallState, call: Call): boolean {
  const mine = invitationOf(call, self)
  return mine === 'declined' || mine === 'busy'
}

/** With the outcome `cancelled`: whether it was I who did. */
export function isMine({ call, self, left }: CallState): boolean {
  return left?.outcome === 'cancelled' || call?.caller === self
}
