// With whom one talks, kept for the screen after the call: people leave a call, and the room, before one reads their name.
import type { CallId, Peer } from '../protocol/types'
import type { Roster } from './roster'
import { activeCallOf, type CallState } from './state'

export interface Company {
  readonly call: CallId | null
  /** In the order in which one met them, as they were when last seen. */
  readonly peers: readonly Peer[]
}

export const alone: Company = { call: null, peers: [] }

export function nextCompany(before: Company, state: CallState, { others }: Roster): Company {
  const call = activeCallOf(state)
  if (!call) return before.call === state.call?.id ? before : alone
  const known = before.call === call.id ? before.peers : []
  const met = others.filter(({ id }) => call.participants.includes(id) && !known.some((peer) => peer.id === id))
  return { call: call.id, peers: [...known.map((peer) => others.find(({ id }) => id === peer.id) ?? peer), ...met] }
}
