// What a person does with a call, told to the server: capture first, then one request at a time, repeated until it is
// answered. The server's word comes back as CallEvents; nothing here decides what state a call is in.
import { ApiProblem, type Api } from '../protocol/api'
import { sleep, type Clock } from '../protocol/clock'
import type { Call, CallId, PeerId } from '../protocol/types'
import { problemOf, unreachable } from './problems'
import { Requests } from './requests'
import { activeCallOf, canAccept, doubtfulCallOf, isAskedIn, isRung, stageOf, type CallEvent, type CallState } from './state'
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

/** Contract: so long a call rings. Somebody whose server does not even say that it does has waited long enough by then. */
const ringMs = 45_000
/** A server that does not know the call may have lost its log: so long until the stream has told us, at most. */
const newsMs = 15_000

export class Calls {
  readonly #options: CallsOptions
  readonly #requests: Requests
  /** Calls whose end the server is being told. */
  readonly #leaving = new Set<CallId>()
  /** How often the server has lost its log. */
  #losses = 0

  constructor(options: CallsOptions, signal: AbortSignal) {
    this.#options = options
    this.#requests = new Requests(options.clock, signal)
  }

  /** The network or the server is back. */
  hurry(): void {
    this.#requests.hurry()
  }

  async start(wanted: Capture): Promise<void> {
    const { api, state, dispatch, capture, uuid } = this.#options
    if (!['idle', 'preview', 'ended'].includes(stageOf(state()))) return
    const id = uuid()
    dispatch({ type: 'start', call: id })
    const missing = await capture(wanted)
    if (!this.#isStill('start', id)) return // cancelled meanwhile
    if (missing) return this.#giveUp(missing)
    try {
      // Whoever sends nothing came to listen and watch: the others are asked for their picture all the same.
      const video = wanted.video || !wanted.audio
      const call = await this.#untilRung(this.#requests.run((signal) => api.startCall({ id, video }, signal), () => this.#isStill('start', id)))
      if (call) return dispatch({ type: 'call', call })
      if (!this.#isStill('start', id)) return
      this.#giveUp(unreachable)
      await this.#farewell(id, (signal) => api.hangup(id, 'hangup', signal), () => true) // it may have begun all the same
    } catch (error) {
      if (error instanceof ApiProblem && error.call) return this.#joinExisting(error.call, wanted, id)
      if (this.#isStill('start', id)) this.#giveUp(problemOf(error))
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
      const call = await this.#requests.run(this.#untilMadeAgain(id, (signal) => api.accept(id, signal)), () => this.#isStill('accept', id))
      if (call) dispatch({ type: 'call', call })
      if (call && this.#isStill('accept', id)) dispatch({ type: 'withdrawn' }) // nothing new in it: we are in already
    } catch (error) {
      await this.#refused(error, id)
    }
  }

  /** An attempt at a call that the server may only have forgotten. */
  #untilMadeAgain(id: CallId, attempt: (signal: AbortSignal) => Promise<Call>): (signal: AbortSignal) => Promise<Call> {
    const { clock, state, dispatch } = this.#options
    const [begunMs, losses] = [clock.now(), this.#losses]
    return (signal) => attempt(signal).catch((error: unknown) => {
      if (!(error instanceof ApiProblem) || error.code !== 'call-not-found') throw error
      const { call, lost, forgotten } = state()
      if (!forgotten && call?.id === id && this.#losses > losses) dispatch({ type: 'forgotten', call })
      const mayCome = state().forgotten?.call.id === id || (!lost && clock.now() - begunMs < newsMs)
      throw mayCome ? new ApiProblem({ code: error.code, status: error.status, retryable: true }) : error
    })
  }

  /** A forgotten call, made again; `to` as the contract has it, null for everybody. */
  remake({ id, video, note }: Call, to: readonly PeerId[] | null): Promise<void> {
    const body = { id, video, ...(note !== undefined && { note }), ...(to && { to }) }
    return this.#comeBack(id, (signal) => this.#options.api.startCall(body, signal))
  }

  /** Into a call that somebody else has made again: the person never left it. */
  rejoin(id: CallId): Promise<void> {
    return this.#comeBack(id, (signal) => this.#options.api.accept(id, signal))
  }

  /** Whoever is refused looks again: everything else about it is seen in the state. */
  async #comeBack(id: CallId, attempt: (signal: AbortSignal) => Promise<Call>): Promise<void> {
    const { state, dispatch } = this.#options
    try {
      const call = await this.#requests.run(attempt, () => state().forgotten?.call.id === id)
      if (call) dispatch({ type: 'call', call })
    } catch (error) {
      if (error instanceof ApiProblem && error.call) dispatch({ type: 'call', call: error.call }) // somebody was quicker
    }
  }

  async decline(reason: 'declined' | 'busy'): Promise<void> {
    const { api, state, dispatch } = this.#options
    const { call } = state()
    if (!call || !isRung(state())) return
    dispatch({ type: 'decline' })
    await this.#farewell(call.id, (signal) => api.decline(call.id, reason, signal), () => this.#hasLeft(call.id))
    await this.reconcile() // an attempt to accept, of the page before this one, may have been quicker
  }

  async hangup(): Promise<void> {
    const { state, dispatch } = this.#options
    const before = state()
    const id = before.intent?.call ?? before.call?.id
    dispatch({ type: 'hangup' })
    if (id && state() !== before) await this.#end(id, 'hangup')
  }

  /** Nobody in the call was heard for too long: to the server, and to us, it is over. */
  async breakOff(id: CallId): Promise<void> {
    const { state, dispatch } = this.#options
    if (activeCallOf(state())?.id !== id) return
    dispatch({ type: 'failed' })
    await this.#end(id, 'failed')
  }

  /**
   * After each word of the server's: does it have us in a call that we have left, or ask us into it? Then an attempt to enter
   * it that seemed lost arrived after our farewell, or somebody who did not hear of that has made the call again. The farewell is said again.
   */
  async reconcile(): Promise<void> {
    const { call, left, self } = this.#options.state()
    if (!call || call.state === 'ended' || left?.call !== call.id || this.#leaving.has(call.id)) return
    const isIn = call.participants.includes(self) || (left.outcome !== 'full' && isAskedIn(call, self))
    if (isIn) await this.#end(call.id, left.outcome === 'failed' ? 'failed' : 'hangup')
  }

  /**
   * After a snapshot without a call: asks after the one we believe in. In its turn, and when what was asked before it is
   * taken in, for that may be answered with a call from before the snapshot. `restarted`: the server has lost its log, so it
   * is no wonder if it does not know the call. `kept`: the one that a page before this one was in.
   */
  async verify(restarted = false, kept: Call | null = null): Promise<void> {
    const { api, clock, state, dispatch } = this.#options
    if (restarted) this.#losses++
    let asked: Call | null = null
    const ask = async (signal: AbortSignal) => {
      await sleep(clock, 0, signal)
      asked = kept ?? doubtfulCallOf(state())
      return asked && api.getCall(asked.id, signal)
    }
    try {
      const call = await this.#requests.run(ask, () => true)
      if (call && !(kept && call.state === 'ended')) dispatch({ type: 'call', call }) // nobody who reloads has to be told of an end
    } catch (error) {
      const call = asked as Call | null
      const isUnknown = error instanceof ApiProblem && error.status === 404
      if (call && isUnknown) dispatch(restarted ? { type: 'forgotten', call } : { type: 'lost', call: call.id })
    }
  }

  #end(id: CallId, reason: 'hangup' | 'failed'): Promise<void> {
    return this.#farewell(id, (signal) => this.#options.api.hangup(id, reason, signal), () => this.#hasLeft(id))
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
    if (code === 'call-over') await this.verify()
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

  /** Not once the person has gone back into it. */
  #hasLeft(id: CallId): boolean {
    return this.#options.state().left?.call === id
  }

  /** Null when it takes longer than any call rings. */
  async #untilRung<T>(answer: Promise<T>): Promise<T | null> {
    const done = new AbortController()
    const late = sleep(this.#options.clock, ringMs, done.signal).then(() => null)
    return Promise.race([answer, late]).finally(() => done.abort())
  }

  async #farewell(id: CallId, attempt: (signal: AbortSignal) => Promise<Call>, makesSense: () => boolean): Promise<void> {
    this.#leaving.add(id)
    try {
      const call = await this.#requests.run(attempt, makesSense)
      if (call) this.#options.dispatch({ type: 'call', call })
    } catch {
      // Over already.
    } finally {
      this.#leaving.delete(id)
    }
  }
}
