// The one object behind the screens: joins the state machine, the room, the connections and the camera, and shows all
// of it as one immutable view.
import type { ApiProblem } from '../protocol/api'
import { ServerTime } from '../protocol/clock'
import type { Hello, StreamEvent } from '../protocol/decode'
import type { Call, Joined } from '../protocol/types'
import { Calls } from './calls'
import { Comeback } from './comeback'
import { alone, nextCompany, type Company } from './company'
import { Conference } from './conference'
import { browserEnvironment, type Environment } from './environment'
import { IceServers } from './ice'
import { look } from './look'
import { Media } from './media'
import { Membership } from './membership'
import { readyWord } from './mesh'
import { Presence } from './presence'
import { mediaBlocked, noWebRtc, problemOf } from './problems'
import { nextRoster, nobody, rosterOf, type Roster } from './roster'
import { activeCallOf, next, nothing, stageOf, type CallEvent, type CallState } from './state'
import type { Capture, JoinOptions, Problem, RoomSession, RoomView } from './view'
import { ScreenLock } from './wakelock'

export interface RoomOptions {
  room: string
  /** What stands in for the browser, in tests. */
  environment?: Partial<Environment>
}

/** Makes the session of one room; nothing is asked of the server or of the person until join() or resume(). */
export function createRoom({ room, environment }: RoomOptions): RoomSession {
  const session = new Session(room, { ...browserEnvironment(), ...environment })
  // What the end-to-end tests, and a person in the console, may look at. Reading it changes nothing.
  Object.assign(globalThis, {
    __yodel: {
      peerConnections: (): readonly RTCPeerConnection[] => session.peerConnections,
      localStream: (): MediaStream | null => session.view.local.stream,
    },
  })
  return session
}

/** Contract: the capacity of a room for which nothing else was said. */
const usualCapacity = 2

class Session implements RoomSession {
  readonly #aborter = new AbortController()
  readonly #environment: Environment
  readonly #membership: Membership
  readonly #media: Media
  readonly #comeback: Comeback
  readonly #calls: Calls
  readonly #ice: IceServers
  readonly #serverTime: ServerTime
  readonly #conference: Conference
  readonly #presence: Presence
  readonly #screenLock: ScreenLock
  readonly #listeners = new Set<(view: RoomView) => void>()
  readonly #room: string
  #state: CallState = nothing
  #roster: Roster = nobody
  #company: Company = alone
  #capacity = usualCapacity
  #problem: Problem | null = null
  #blocked = false
  #view: RoomView

  constructor(room: string, environment: Environment) {
    const { clock, uuid } = environment
    this.#room = room
    this.#environment = environment
    this.#membership = new Membership({
      room, environment, words: [readyWord],
      onJoined: (joined) => this.#handleJoined(joined),
      onEvent: (event) => this.#handleEvent(event),
      onLink: (link, problem) => this.#handleLink(link, problem),
    }, this.#aborter.signal)
    const { api, seats, outbox } = this.#membership
    this.#media = new Media({ ...environment, onChange: () => this.#handleMedia() })
    this.#comeback = new Comeback({ seats, media: this.#media })
    this.#serverTime = new ServerTime(clock)
    this.#ice = new IceServers(clock, () => api.iceServers())
    this.#conference = new Conference({
      environment, outbox, ice: this.#ice,
      tracks: () => this.#media.tracks,
      timeOf: (at) => this.#serverTime.past(at),
      onChange: () => this.#dispatch({ type: 'media', media: this.#conference.media }),
    })
    this.#presence = new Presence({ clock, patch: (change) => api.patchPeer(seats.seat?.peer ?? '', change) })
    this.#screenLock = new ScreenLock(environment, this.#aborter.signal)
    this.#calls = new Calls({
      api, clock, uuid,
      state: () => this.#state,
      dispatch: (event) => this.#dispatch(event),
      capture: (wanted) => this.#capture(wanted),
      fail: (problem) => this.#fail(problem),
    })
    if (seats.seat?.call) this.#conference.wasIn(seats.seat.call)
    this.#view = this.#look()
  }

  get view(): RoomView {
    return this.#view
  }

  get hasSeat(): boolean {
    return this.#membership.seats.seat !== null
  }

  get peerConnections(): readonly RTCPeerConnection[] {
    return this.#conference.remotes.map((remote) => remote.pc)
  }

  subscribe(listener: (view: RoomView) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  join(options: JoinOptions): Promise<void> {
    return this.#attempt(() => this.#membership.join(options))
  }

  resume(): Promise<void> {
    return this.#attempt(async () => { await this.#membership.resume() })
  }

  preview(wanted: Capture): Promise<void> {
    return this.#attempt(async () => {
      if (this.#isBusy()) return
      this.#dispatch({ type: 'dismiss' })
      this.#dispatch({ type: 'preview', on: true })
      const problem = await this.#media.capture(wanted)
      if (!problem) return
      if (!this.#media.local.stream) this.#dispatch({ type: 'preview', on: false })
      this.#fail(problem)
    })
  }

  stopPreview(): void {
    this.#dispatch({ type: 'preview', on: false })
  }

  call(wanted: Capture): Promise<void> {
    return this.#attempt(() => this.#calls.start(wanted))
  }

  accept(wanted: Capture): Promise<void> {
    return this.#attempt(() => this.#calls.accept(wanted))
  }

  decline(reason: 'declined' | 'busy' = 'declined'): Promise<void> {
    return this.#attempt(() => this.#calls.decline(reason))
  }

  hangup(): Promise<void> {
    return this.#attempt(() => this.#calls.hangup())
  }

  toggleMic(): Promise<void> {
    return this.#change(() => this.#media.toggleMic())
  }

  toggleCamera(): Promise<void> {
    return this.#change(() => this.#media.toggleCamera())
  }

  flipCamera(): Promise<void> {
    return this.#change(() => this.#media.flip())
  }

  reconnect(): Promise<void> {
    return this.#attempt(async () => this.#conference.beginAfresh())
  }

  rename(name: string): Promise<void> {
    return this.#attempt(async () => {
      const { seats, api } = this.#membership
      if (!seats.seat) return
      await api.patchPeer(seats.seat.peer, { name })
      seats.update({ name })
    })
  }

  dismiss(): void {
    this.#problem = null
    this.#dispatch({ type: 'dismiss' })
  }

  takeOver(): Promise<void> {
    return this.#attempt(async () => this.#membership.takeOver())
  }

  leave(): Promise<void> {
    return this.#attempt(() => this.#membership.leave())
  }

  dispose(): void {
    this.#listeners.clear()
    this.#aborter.abort()
    this.#state = nothing
    this.#conference.follow(null, '')
    this.#media.release()
  }

  // --- what comes in ---

  #handleJoined({ peer, peers, call, iceServers }: Joined): void {
    this.#ice.take(iceServers)
    this.#roster = rosterOf(peer, peers)
    this.#presence.learn(peer.media)
    this.#dispatch({ type: 'hello', self: peer.id, call })
    void this.#askCapacity()
  }

  #handleEvent(event: StreamEvent): void {
    this.#roster = nextRoster(this.#roster, event)
    switch (event.type) {
      case 'hello': return this.#handleHello(event)
      case 'call': return this.#dispatch(event)
      case 'peer-joined':
        this.#membership.outbox.nudge() // messages may have waited for them
        return this.#publish()
      case 'peer-updated':
      case 'peer-left': return this.#publish()
      default: this.#conference.handle(event)
    }
  }

  #handleHello({ at, peer, peers, call, resumed }: Hello): void {
    this.#serverTime.learn(at)
    const before = this.#conference.call
    const known = this.#state.call
    this.#roster = rosterOf(peer, peers)
    this.#presence.learn(peer.media)
    this.#dispatch({ type: 'hello', self: peer.id, call })
    if (!call && known && known.state !== 'ended') void this.#calls.verify(known.id)
    if (!resumed && before !== null && before === this.#conference.call) this.#conference.beginAfresh()
  }

  #handleLink(link: RoomView['link'], problem: ApiProblem | null): void {
    if (problem) this.#problem = problemOf(problem)
    if (link === 'outside' || link === 'gone' || link === 'replaced') {
      this.#presence.learn(null)
      this.#dispatch({ type: 'outside' }) // another page may have the call now: connections and camera are let go
      this.#comeback.handleOutside(link === 'replaced')
    }
    if (link === 'outside' || link === 'gone') this.#roster = nobody
    this.#publish()
  }

  #handleMedia(): void {
    this.#conference.setTracks(this.#media.tracks)
    this.#remember()
    this.#publish()
  }

  // --- what follows ---

  #dispatch(event: CallEvent): void {
    if (this.#aborter.signal.aborted) return
    this.#state = next(this.#state, event)
    this.#settle()
    this.#publish()
  }

  /** Brings camera, connections, screen lock and presence in line with the state, whatever way led to it. */
  #settle(): void {
    const call = activeCallOf(this.#state)
    if (this.#comeback.isDue(this.#ownCall())) void this.#restore()
    if (!call || !this.#comeback.restoring) this.#conference.follow(call, this.#state.self)
    this.#state = next(this.#state, { type: 'media', media: this.#conference.media })
    this.#company = nextCompany(this.#company, this.#state, this.#roster)
    this.#watchBlocked()
    const busy = this.#isBusy()
    if (!busy && !this.#state.preview) this.#media.release()
    this.#screenLock.hold(busy)
    this.#remember()
  }

  /** Said when it becomes true, and no more once the person closed it. */
  #watchBlocked(): void {
    const { blocked } = this.#conference
    if (blocked === this.#blocked) return
    this.#blocked = blocked
    if (blocked) this.#problem ??= mediaBlocked
    else if (this.#problem === mediaBlocked) this.#problem = null
  }

  #isBusy(): boolean {
    return ['calling', 'connecting', 'connected', 'reconnecting'].includes(stageOf(this.#state))
  }

  /** The call that a reload should find its way back to. */
  #ownCall(): Call | null {
    return activeCallOf(this.#state) ?? (stageOf(this.#state) === 'calling' ? this.#state.call : null)
  }

  async #restore(): Promise<void> {
    const problem = await this.#comeback.restore()
    if (problem && this.#isBusy()) this.#fail(problem) // and on without: the others see and hear that we are there
    this.#settle()
    this.#publish()
  }

  /** Keeps in the seat what a reload must not forget, and tells the room what we capture. */
  #remember(): void {
    const { local } = this.#media
    const busy = this.#isBusy()
    this.#presence.report({ audio: busy && local.audio, video: busy && local.video, screen: false })
    // Before the first `hello`, or after another page took over, the seat keeps what it remembers.
    if (this.#state.self !== '') this.#comeback.remember(this.#ownCall())
  }

  async #capture(wanted: Capture): Promise<Problem | null> {
    if (!this.#environment.createPeerConnection) return noWebRtc
    const [problem] = await Promise.all([this.#media.capture(wanted), this.#ice.refresh()])
    return problem
  }

  async #askCapacity(): Promise<void> {
    try {
      this.#capacity = (await this.#membership.api.room(this.#aborter.signal)).callCapacity
      this.#publish()
    } catch {
      // The usual capacity is what the Join button goes by then; the server decides anyway.
    }
  }

  /** Commands settle and never reject: what went wrong becomes the view's problem. */
  async #attempt(deed: () => Promise<void>): Promise<void> {
    this.#problem = null
    this.#publish()
    try {
      await deed()
    } catch (error) {
      this.#fail(problemOf(error))
    }
  }

  #change(deed: () => Promise<Problem | null>): Promise<void> {
    return this.#attempt(async () => {
      const problem = await deed()
      if (problem) this.#fail(problem)
    })
  }

  #fail(problem: Problem): void {
    this.#problem = problem
    this.#publish()
  }

  #publish(): void {
    this.#view = this.#look()
    for (const listener of [...this.#listeners]) listener(this.#view)
  }

  #look(): RoomView {
    return look({
      room: this.#room,
      link: this.#membership.link,
      state: this.#state,
      roster: this.#roster,
      company: this.#company,
      capacity: this.#capacity,
      local: this.#media.local,
      remotes: this.#conference.remotes,
      connectedAtMs: this.#conference.connectedAtMs,
      problem: this.#problem,
    })
  }
}
