// The view, put together from what the parts of a session know.
import type { Company } from './company'
import type { Remote as Connection } from './remote'
import type { Roster } from './roster'
import { activeCallOf, canAccept, isMine, outcomeOf, stageOf, type CallState } from './state'
import type { Remote, RoomView } from './view'

interface Parts extends Pick<RoomView, 'room' | 'link' | 'rung' | 'callMoved' | 'local' | 'connectedAtMs' | 'problem'> {
  readonly state: CallState
  readonly roster: Roster
  readonly company: Company
  /** Places in a call of this room. */
  readonly capacity: number
  readonly remotes: readonly Connection[]
}

export function look({ room, link, rung, callMoved, local, connectedAtMs, problem, state, roster, company, capacity, remotes }: Parts): RoomView {
  return {
    room, link, rung, callMoved, local, connectedAtMs, problem,
    stage: stageOf(state),
    self: roster.self,
    others: roster.others,
    call: activeCallOf(state) ?? state.call,
    canAccept: canAccept(state, capacity),
    remotes: remotes.map((remote) => remoteOf(remote, roster)),
    company: company.peers,
    outcome: outcomeOf(state),
    mine: isMine(state),
  }
}

/** A participant who is not in the roster (their `peer-joined` is on its way) is shown without a name. */
function remoteOf({ peer: id, stream, state, path }: Connection, { others }: Roster): Remote {
  const known = others.find((other) => other.id === id)
  const peer = known ?? { id, name: '', media: { audio: false, video: false, screen: false }, joinedAt: '' }
  return { peer, stream, state, path }
}
