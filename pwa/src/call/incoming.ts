// What the server tells us, taken in: the join answer, the events of the stream, and how we stand with the room.
import type { ApiProblem } from '../protocol/api'
import type { Hello, StreamEvent } from '../protocol/decode'
import type { Call, Joined, PeerId } from '../protocol/types'
import type { Board } from './board'
import type { Calls } from './calls'
import type { Comeback } from './comeback'
import type { Conference } from './conference'
import type { Course } from './course'
import { isSame } from './forgotten'
import type { IceServers } from './ice'
import type { Membership } from './membership'
import type { Presence } from './presence'
import { problemOf } from './problems'
import type { Remaking } from './remaking'
import { nextRoster, nobody, rosterOf, type Roster } from './roster'
import type { Link } from './view'

export interface IncomingOptions {
  membership: Membership
  calls: Calls
  remaking: Remaking
  course: Course
  conference: Conference
  comeback: Comeback
  ice: IceServers
  presence: Presence
  board: Board
}

/** Contract: the capacity of a room for which nothing else was said. */
const usualCapacity = 2

export class Incoming {
  readonly #options: IncomingOptions
  readonly #signal: AbortSignal
  #roster: Roster = nobody
  #capacity = usualCapacity
  /** Who was away when we might have lost what they said: with them everything begins afresh when they come. */
  readonly #awaited = new Set<PeerId>()

  constructor(options: IncomingOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  get roster(): Roster {
    return this.#roster
  }

  /** Places in a call of this room. */
  get capacity(): number {
    return this.#capacity
  }

  handleJoined({ peer, peers, call, iceServers }: Joined): void {
    const { ice, presence, course, comeback } = this.#options
    const { recent } = comeback
    ice.take(iceServers)
    this.#roster = rosterOf(peer, peers)
    presence.learn(peer.media)
    this.#findOurselvesIn(call, peer.id)
    if (recent && !call) void this.#findOut(recent, peer.id)
    const isMadeAgain = recent !== null && call?.id === recent.id && !isSame(call, recent)
    if (isMadeAgain) course.dispatch({ type: 'hello', self: peer.id, call: recent })
    course.dispatch({ type: 'hello', self: peer.id, call })
    void this.#askCapacity()
  }

  /** What has become of the call that this page was in before it was loaded anew. */
  async #findOut(recent: Call, self: PeerId): Promise<void> {
    const { calls, course, comeback } = this.#options
    await comeback.await(calls.verify(true, recent))
    course.dispatch({ type: 'hello', self, call: null }) // changes nothing, and lets the seat forget what is over
  }

  handleEvent(event: StreamEvent): void {
    const { conference, board, remaking } = this.#options
    this.#roster = nextRoster(this.#roster, event)
    switch (event.type) {
      case 'hello': return this.#handleHello(event)
      case 'call': return this.#handleCall(event.call)
      case 'peer-joined':
        this.#welcome(event.peer.id)
        return board.publish()
      case 'peer-updated': return board.publish()
      case 'peer-left':
        remaking.look()
        return board.publish()
      default: conference.handle(event)
    }
  }

  #handleCall(call: Call): void {
    const { calls, course } = this.#options
    const before = course.state.call
    course.dispatch({ type: 'call', call })
    if (before?.id === call.id && !isSame(before, call)) calls.hurry() // made again: an answer may wait for it
    void calls.reconcile()
  }

  handleLink(link: Link, problem: ApiProblem | null): void {
    const { presence, calls, course, conference, comeback, board } = this.#options
    conference.setOnline(link === 'online')
    if (link === 'online') calls.hurry()
    if (problem) board.problem = problemOf(problem)
    if (link === 'outside' || link === 'gone' || link === 'replaced') {
      presence.learn(null)
      course.dispatch({ type: 'outside' }) // another page may have the call now: connections and camera are let go
      comeback.handleOutside(link === 'replaced')
    }
    if (link === 'outside' || link === 'gone') this.#roster = nobody
    board.publish()
  }

  #welcome(peer: PeerId): void {
    const { membership, conference, remaking } = this.#options
    membership.outbox.nudge() // messages may have waited for them
    if (this.#awaited.delete(peer)) conference.beginAfresh((whom) => whom === peer)
    remaking.look()
  }

  #handleHello({ peer, peers, call, resumed, reason }: Hello): void {
    const { presence, course, calls, conference } = this.#options
    const before = conference.call
    this.#roster = rosterOf(peer, peers)
    presence.learn(peer.media)
    if (!resumed) this.#findOurselvesIn(call, peer.id)
    course.dispatch({ type: 'hello', self: peer.id, call })
    void calls.reconcile()
    if (!call) void calls.verify(reason === 'restart')
    if (!resumed && before !== null && before === conference.call) this.#beginAfresh()
  }

  /** With those who are there. To the others nothing can be said yet, and what flows between us flows on until they come. */
  #beginAfresh(): void {
    const { conference } = this.#options
    const isHere = (peer: PeerId) => this.#roster.others.some(({ id }) => id === peer)
    this.#awaited.clear()
    for (const { peer } of conference.remotes) if (!isHere(peer)) this.#awaited.add(peer)
    conference.beginAfresh(isHere)
  }

  /** In a call by a snapshot, not by an event that we would have heard first: what the others said since is lost. */
  #findOurselvesIn(call: Call | null, self: PeerId): void {
    if (call?.participants.includes(self)) this.#options.conference.wasIn(call.id)
  }

  async #askCapacity(): Promise<void> {
    const { membership, board } = this.#options
    try {
      this.#capacity = (await membership.api.room(this.#signal)).callCapacity
      board.publish()
    } catch {
      // The usual capacity is what the Join button goes by then; the server decides anyway.
    }
  }
}
