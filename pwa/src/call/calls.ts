// What a person does with a call, told to the server: capture first, then one request at a time, repeated until it is done.
// The server's word comes back as CallEvents; nothing here decides what state a call is in.
import { ApiProblem, type Api } from '../protocol/api'
import type { Clock } from '../protocol/clock'
import { retrying } from '../protocol/retry'
import type { Call, CallId } from '../protocol/types'
import { problemOf } from './problems'
import { canAccept, isRung, stageOf, type CallEvent, type CallState } from './state'
import type { Capture, Problem } from './view'

export interface CallsOptions {
  api: Pick<Api, 'startCall' | 'getCall' | 'accept' | 'decline' | 'hangup'>
  clock: Clock
  uuid(): string
  state(): CallState
  dispatch(event: CallEvent): void
  /** Null, or why nothing was captured. */
  capture(wanted: Capture): Promise<Problem | null>
  fail(problem: Problem): void
}

/** How long a person waits for a server that does not answer before being told. */
const patienceMs = 12_000
/** Nobody waits for these; they end what would otherwise go on ringing. */
const farewellMs = 60_000

export class Calls {
  readonly #options: CallsOptions
  /** Requests about calls, one after the other: a hang-up never overtakes the call it ends. */
  #requests: Promise<unknown> = Promise.resolve()

  constructor(options: CallsOptions) {
    this.#options = options
  }

  async start(wanted: Capture): Promise<void> {
    const { api, state, dispatch, capture, fail, uuid } = this.#options
    if (!['idle', 'preview', 'ended'].includes(stageOf(state()))) return
    const id = uuid()
    dispatch({ type: 'start', call: id })
    const missing = await capture(wanted)
    if (!this.#isStill('start', id)) return // cancelled meanwhile
    if (missing) return this.#giveUp(missing)
    try {
      // Whoever sends nothing came to listen and watch: the others are asked for their picture all the same.
      const video = wanted.video || !wanted.audio
      dispatch({ type: 'call', call: await this.#request(() => api.startCall({ id, video })) })
    } catch (error) {
      if (error instanceof ApiProblem && error.call) return this.#joinExisting(error.call, wanted, id)
      if (error instanceof ApiProblem && error.retryable) void this.#end(id, 'hangup') // it may have begun all the same
      if (!this.#isStill('start', id)) return
      dispatch({ type: 'withdrawn' })
      fail(problemOf(error))
    }
  }

  /** Also a call that looks full: the server decides, and its refusal is said politely. */
  async accept(wanted: Capture): Promise<void> {
    const { call } = this.#options.state()
    if (call && canAccept(this.#options.state(), Infinity)) await this.#answer(call.id, wanted)
  }

  async #answer(id: CallId, wanted: Capture): Promise<void> {
    const { api, dispatch, capture } = this.#options
    dispatch({ type: 'accept', call: id })
    const missing = await capture(wanted)
    if (!this.#isStill('accept', id)) return // hung up, or over, meanwhile
    if (missing) return this.#giveUp(missing)
    try {
      dispatch({ type: 'call', call: await this.#request(() => api.accept(id)) })
    } catch (error) {
      await this.#refused(error, id)
    }
  }

  async decline(reason: 'declined' | 'busy'): Promise<void> {
    const { api, state, dispatch } = this.#options
    const { call } = state()
    if (!call || !isRung(state())) return
    dispatch({ type: 'decline' })
    await this.#farewell(() => api.decline(call.id, reason))
  }

  async hangup(): Promise<void> {
    const { state, dispatch } = this.#options
    const before = state()
    const id = before.intent?.call ?? before.call?.id
    dispatch({ type: 'hangup' })
    if (id && state() !== before) await this.#end(id, 'hangup')
  }

  /** Asks after a call that a snapshot did not mention: it may be older than what we know, or the call may be gone. */
  async verify(id: CallId): Promise<void> {
    const { api, dispatch } = this.#options
    try {
      dispatch({ type: 'call', call: await this.#request(() => api.getCall(id)) })
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 404) dispatch({ type: 'lost', call: id })
    }
  }

  #end(id: CallId, reason: 'hangup' | 'failed'): Promise<void> {
    return this.#farewell(() => this.#options.api.hangup(id, reason))
  }

  /** Two who call each other: the second accepts the first's, with what it has captured. */
  async #joinExisting(call: Call, wanted: Capture, mine: CallId): Promise<void> {
    const { state, dispatch, fail } = this.#options
    const still = this.#isStill('start', mine)
    dispatch({ type: 'call', call })
    if (!still) return
    const { self } = state()
    const rings = call.state === 'ringing' && call.invited.some(({ peer, state }) => peer === self && state === 'ringing')
    if (rings) return this.#answer(call.id, wanted)
    dispatch({ type: 'withdrawn' })
    if (call.caller !== self) fail({ code: 'call-exists', ways: [] })
  }

  async #refused(error: unknown, id: CallId): Promise<void> {
    const { dispatch, fail } = this.#options
    const code = error instanceof ApiProblem ? error.code : ''
    const still = this.#isStill('accept', id)
    if (code === 'call-over') await this.verify(id)
    if (code === 'call-not-found') dispatch({ type: 'lost', call: id })
    if (!still) return
    dispatch(code === 'call-full' ? { type: 'withdrawn', outcome: 'full' } : { type: 'withdrawn' })
    fail(code === 'call-not-found' ? { code: 'call-over', ways: [] } : problemOf(error))
  }

  #giveUp(problem: Problem): void {
    this.#options.dispatch({ type: 'withdrawn' })
    this.#options.fail(problem)
  }

  #isStill(kind: 'start' | 'accept', id: CallId): boolean {
    const { intent } = this.#options.state()
    return intent?.kind === kind && intent.call === id
  }

  #request<T>(attempt: () => Promise<T>, giveUpAfterMs = patienceMs): Promise<T> {
    const turn = this.#requests.then(() => retrying(attempt, { clock: this.#options.clock, giveUpAfterMs }))
    this.#requests = turn.catch(() => undefined)
    return turn
  }

  async #farewell(attempt: () => Promise<Call>): Promise<void> {
    try {
      this.#options.dispatch({ type: 'call', call: await this.#request(attempt, farewellMs) })
    } catch {
      // Over already, or the server is out of reach and will end it by itself.
    }
  }
}
