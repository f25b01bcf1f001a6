// Who is in the room, out of snapshots and the events after them. Pure: each function answers a new roster.
import type { StreamEvent } from '../protocol/decode'
import type { Peer, PeerId } from '../protocol/types'

export interface Roster {
  readonly self: Peer | null
  /** Everyone but oneself, in order of joining. */
  readonly others: readonly Peer[]
}

export const nobody: Roster = { self: null, others: [] }

export function rosterOf(self: Peer, peers: readonly Peer[]): Roster {
  return { self: peers.find((peer) => peer.id === self.id) ?? self, others: sorted(peers.filter((peer) => peer.id !== self.id)) }
}

/** A replayed event over a newer snapshot ends in the same roster, because the events after it follow. */
export function nextRoster(roster: Roster, event: StreamEvent): Roster {
  switch (event.type) {
    case 'peer-joined':
    case 'peer-updated':
      if (event.peer.id === roster.self?.id) return { ...roster, self: event.peer }
      return { ...roster, others: sorted([...without(roster, event.peer.id), event.peer]) }
    case 'peer-left':
      return { ...roster, others: without(roster, event.peer.id) }
    default:
      return roster
  }
}

function without(roster: Roster, id: PeerId): readonly Peer[] {
  return roster.others.filter((peer) => peer.id !== id)
}

function sorted(peers: readonly Peer[]): readonly Peer[] {
  return peers.toSorted((a, b) => a.joinedAt.localeCompare(b.joinedAt) || a.id.localeCompare(b.id))
}
