// The parts of one session, each made once and told whom to call.
import { ServerTime, sleep } from '../protocol/clock'
import { Board } from './board'
import { Calls } from './calls'
import { Comeback } from './comeback'
import { Conference } from './conference'
import { Course } from './course'
import type { Environment } from './environment'
import { IceServers } from './ice'
import { Incoming } from './incoming'
import { look } from './look'
import { Media } from './media'
import { Membership } from './membership'
import { readyWord } from './mesh'
import { watchNetwork } from './network'
import { Presence } from './presence'
import { noWebRtc } from './problems'
import { Remaking } from './remaking'
import type { Capture, Problem } from './view'
import { ScreenLock } from './wakelock'

/** What the commands of a session work with. */
export interface Assembly {
  readonly board: Board
  readonly membership: Membership
  readonly media: Media
  readonly conference: Conference
  readonly course: Course
  readonly calls: Calls
}

/** Aborting `signal` ends what listens and what waits. */
export function assemble(room: string, environment: Environment, signal: AbortSignal): Assembly {
  const { clock, uuid } = environment
  const serverTime = new ServerTime(clock)
  const membership: Membership = new Membership({
    room, environment, serverTime, words: [readyWord],
    onJoined: (joined) => incoming.handleJoined(joined),
    onEvent: (event) => incoming.handleEvent(event),
    onLink: (link, problem) => incoming.handleLink(link, problem),
  }, signal)
  const { api, seats, outbox } = membership
  const media: Media = new Media({ ...environment, onChange: () => course.handleMedia() }, signal)
  const comeback = new Comeback({ seats, media, clock }, signal)
  const ice = new IceServers(clock, () => api.iceServers())
  const conference: Conference = new Conference({
    environment, outbox, ice,
    tracks: () => media.tracks,
    sends: (peer) => {
      const sent = incoming.roster.others.find(({ id }) => id === peer)?.media
      return sent !== undefined && (sent.audio || sent.video || sent.screen)
    },
    timeOf: (at) => serverTime.past(at),
    onChange: () => course.dispatch({ type: 'media', media: conference.media }),
    onTrouble: () => {
      membership.distrust()
      calls.hurry()
    },
    onLost: (call) => void calls.breakOff(call),
  })
  if (seats.seat?.call) conference.wasIn(seats.seat.call)
  const presence = new Presence({ clock, patch: (change) => api.patchPeer(seats.seat?.peer ?? '', change) })
  const screenLock = new ScreenLock(environment, signal)
  const board: Board = new Board((problem) => look({
    room,
    link: membership.link,
    rung: membership.rung,
    callMoved: comeback.moved,
    state: course.state,
    roster: incoming.roster,
    company: course.company,
    capacity: incoming.capacity,
    local: media.local,
    remotes: conference.remotes,
    connectedAtMs: conference.connectedAtMs,
    problem,
  }))
  const course: Course = new Course({ conference, media, comeback, presence, screenLock, board, roster: () => incoming.roster, onChange: () => remaking.look() }, signal)
  const calls: Calls = new Calls({
    api, clock, uuid,
    state: () => course.state,
    dispatch: (event) => course.dispatch(event),
    capture: (wanted) => captureForCall(wanted, environment, media, ice),
    fail: (problem) => board.fail(problem),
  }, signal)
  const remaking: Remaking = new Remaking({
    clock, calls,
    state: () => course.state,
    dispatch: (event) => course.dispatch(event),
    isPresent: (peer) => incoming.roster.others.some(({ id }) => id === peer),
    online: () => membership.link === 'online',
  }, signal)
  const incoming = new Incoming({ membership, calls, remaking, course, conference, comeback, ice, presence, board }, signal)
  watchNetwork({ ...environment, onWake: () => calls.hurry(), onChange: () => conference.handleNetworkChange() }, signal)
  return { board, membership, media, conference, course, calls }
}

/** A call does not wait longer for fresh credentials: those of the join may still do, and an ICE restart asks again. */
const renewalMs = 2_000

async function captureForCall(wanted: Capture, environment: Environment, media: Media, ice: IceServers): Promise<Problem | null> {
  if (!environment.createPeerConnection) return noWebRtc
  const [problem] = await Promise.all([media.capture(wanted), Promise.race([ice.refresh(), sleep(environment.clock, renewalMs)])])
  return problem
}
