// The one object behind the screens: what a person can ask for, handed to the part that does it.
import { assemble, type Assembly } from './assembly'
import { browserEnvironment, type Environment } from './environment'
import { problemOf } from './problems'
import type { Capture, JoinOptions, Problem, RoomSession, RoomView } from './view'

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

class Session implements RoomSession {
  readonly #aborter = new AbortController()
  readonly #parts: Assembly

  constructor(room: string, environment: Environment) {
    this.#parts = assemble(room, environment, this.#aborter.signal)
  }

  get view(): RoomView {
    return this.#parts.board.view
  }

  get hasSeat(): boolean {
    return this.#parts.membership.seats.seat !== null
  }

  get peerConnections(): readonly RTCPeerConnection[] {
    return this.#parts.conference.remotes.flatMap((remote) => remote.pcs)
  }

  subscribe(listener: (view: RoomView) => void): () => void {
    return this.#parts.board.subscribe(listener)
  }

  join(options: JoinOptions): Promise<void> {
    return this.#attempt(() => this.#parts.membership.join(options))
  }

  resume(): Promise<void> {
    return this.#attempt(() => this.#parts.membership.resume())
  }

  preview(wanted: Capture): Promise<void> {
    const { course, media, board } = this.#parts
    return this.#attempt(async () => {
      if (course.busy) return
      course.dispatch({ type: 'dismiss' })
      course.dispatch({ type: 'preview', on: true })
      const problem = await media.capture(wanted)
      if (!problem) return
      if (!media.local.stream) course.dispatch({ type: 'preview', on: false })
      board.fail(problem)
    })
  }

  stopPreview(): void {
    this.#parts.course.dispatch({ type: 'preview', on: false })
  }

  call(wanted: Capture): Promise<void> {
    return this.#attempt(() => this.#parts.calls.start(wanted))
  }

  accept(wanted: Capture): Promise<void> {
    return this.#attempt(() => this.#parts.calls.accept(wanted))
  }

  decline(reason: 'declined' | 'busy' = 'declined'): Promise<void> {
    return this.#attempt(() => this.#parts.calls.decline(reason))
  }

  hangup(): Promise<void> {
    return this.#attempt(() => this.#parts.calls.hangup())
  }

  toggleMic(): Promise<void> {
    return this.#change(() => this.#parts.media.toggleMic())
  }

  toggleCamera(): Promise<void> {
    return this.#change(() => this.#parts.media.toggleCamera())
  }

  flipCamera(): Promise<void> {
    return this.#change(() => this.#parts.media.flip())
  }

  reconnect(): Promise<void> {
    return this.#attempt(async () => this.#parts.conference.beginAfresh())
  }

  rename(name: string): Promise<void> {
    return this.#attempt(async () => {
      const { seats, api } = this.#parts.membership
      if (!seats.seat) return
      await api.patchPeer(seats.seat.peer, { name })
      seats.update({ name })
    })
  }

  dismiss(): void {
    this.#parts.board.problem = null
    this.#parts.course.dispatch({ type: 'dismiss' })
  }

  takeOver(): Promise<void> {
    return this.#attempt(() => this.#parts.membership.takeOver())
  }

  leave(): Promise<void> {
    return this.#attempt(() => this.#parts.membership.leave())
  }

  dispose(): void {
    this.#parts.board.close()
    this.#aborter.abort()
    this.#parts.course.close()
  }

  /** Commands settle and never reject: what went wrong becomes the view's problem. */
  async #attempt(deed: () => Promise<void>): Promise<void> {
    const { board } = this.#parts
    board.problem = null
    board.publish()
    try {
      await deed()
    } catch (error) {
      board.fail(problemOf(error))
    }
  }

  #change(deed: () => Promise<Problem | null>): Promise<void> {
    return this.#attempt(async () => {
      const problem = await deed()
      if (problem) this.#parts.board.fail(problem)
    })
  }
}
