// The course of a call: its one state, and what camera, connections, screen lock and presence have to do about it.
import type { CallId } from '../protocol/types'
import type { Board } from './board'
import type { Comeback } from './comeback'
import { alone, nextCompany, type Company } from './company'
import type { Conference } from './conference'
import type { Media } from './media'
import type { Presence } from './presence'
import type { Roster } from './roster'
import { activeCallOf, next, nothing, stageOf, type CallEvent, type CallState } from './state'
import type { ScreenLock } from './wakelock'

export interface CourseOptions {
  conference: Conference
  media: Media
  comeback: Comeback
  presence: Presence
  screenLock: ScreenLock
  board: Board
  roster(): Roster
  onChange(): void
}

export class Course {
  readonly #options: CourseOptions
  readonly #signal: AbortSignal
  #state: CallState = nothing
  #company: Company = alone

  constructor(options: CourseOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  get state(): CallState {
    return this.#state
  }

  get company(): Company {
    return this.#company
  }

  /** Whether the person is in a call or on the way into one, so that camera and microphone are wanted. */
  get busy(): boolean {
    return ['calling', 'connecting', 'connected', 'reconnecting'].includes(stageOf(this.#state))
  }

  dispatch(event: CallEvent): void {
    if (this.#signal.aborted) return
    this.#state = next(this.#state, event)
    this.#settle()
    this.#options.board.publish()
    this.#options.onChange()
  }

  /** What we capture has changed. */
  handleMedia(): void {
    const { conference, media, board } = this.#options
    conference.setTracks(media.tracks)
    this.#remember()
    board.publish()
  }

  /** Lets go of connections, camera and microphone. Aborting `signal` comes first. */
  close(): void {
    const { conference, media } = this.#options
    this.#state = nothing
    conference.follow(null, '')
    media.release()
  }

  /** Brings everything in line with the state, whatever way led to it. */
  #settle(): void {
    const { conference, media, comeback, screenLock, board, roster } = this.#options
    const call = activeCallOf(this.#state)
    if (comeback.isDue(this.#ownCall())) void this.#restore()
    if (!call || !comeback.restoring) conference.follow(call, this.#state.self)
    this.#state = next(this.#state, { type: 'media', media: conference.media })
    this.#company = nextCompany(this.#company, this.#state, roster())
    board.setBlocked(conference.blocked)
    const { busy } = this
    if (!busy && !this.#state.preview) media.release()
    screenLock.hold(busy)
    this.#remember()
  }

  async #restore(): Promise<void> {
    const { comeback, board, roster } = this.#options
    const problem = await comeback.restore(roster().self?.media ?? null)
    if (problem && this.busy) board.fail(problem) // and on without: the others see and hear that we are there
    this.#settle()
    board.publish()
  }

  /** Keeps in the seat what a reload must not forget, and tells the room what we capture. */
  #remember(): void {
    const { media: { local }, presence, comeback } = this.#options
    const { busy } = this
    // Before the first `hello`, after another page took over, and on the way back, the seat keeps what it remembers, and the
    // room what it was told: nobody has muted anything.
    if (this.#state.self === '' || comeback.restoring) return
    presence.report({ audio: busy && local.audio, video: busy && local.video, screen: false })
    const call = this.#ownCall()
    const described = activeCallOf(this.#state) ?? this.#state.call
    comeback.remember(call, described?.id === call ? described : null)
  }

  /** The call that a reload should find its way back to; the server may have it before we know. */
  #ownCall(): CallId | null {
    const { intent, call } = this.#state
    const calling = stageOf(this.#state) === 'calling' ? call : null
    return intent?.call ?? (activeCallOf(this.#state) ?? calling)?.id ?? null
  }
}
