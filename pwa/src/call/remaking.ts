// Sees to it that a forgotten call (see forgotten.ts) is made again, by whomever, and says when there is no hope any more.
import type { Clock } from '../protocol/clock'
import type { PeerId } from '../protocol/types'
import type { Calls } from './calls'
import { isSame, stepOf, type Forgotten, type Step } from './forgotten'
import type { CallEvent, CallState } from './state'
import { passed } from './watchdog'

export interface RemakingOptions {
  clock: Clock
  calls: Pick<Calls, 'remake' | 'rejoin' | 'breakOff'>
  state(): CallState
  dispatch(event: CallEvent): void
  /** Whether somebody is in the room. */
  isPresent(peer: PeerId): boolean
  /** Whether the server is there. */
  online(): boolean
}

const lookEveryMs = 500
/** After a refusal: somebody is away again, or another was quicker. */
const againMs = 1_000
/** Contract: the lease of whoever is in a call. Whoever takes longer to come back would have lost their place, too. */
const leaseMs = 120_000
/** Contract: so long a call rings. */
const ringMs = 45_000

export class Remaking {
  readonly #options: RemakingOptions
  #forgotten: Forgotten['call'] | null = null
  /** While the server was there and we were awake: since it forgot the call, and since somebody of the call came or went. */
  #sinceForgottenMs = 0
  #waitedMs = 0
  #present = ''
  #lookedAtMs: number | null = null
  #busy = false
  #cancelLook: () => void = () => undefined

  constructor(options: RemakingOptions, signal: AbortSignal) {
    this.#options = options
    signal.addEventListener('abort', () => this.#cancelLook())
  }

  /** Something changed: the call, who is in the room, the way to the server. Costs nothing where nothing is forgotten. */
  look(): void {
    const { clock, state, online } = this.#options
    const { forgotten, call, self } = state()
    this.#cancelLook()
    this.#count(forgotten)
    if (!forgotten || !call) return
    this.#cancelLook = clock.after(lookEveryMs, () => this.look())
    if (!online()) return
    if (this.#sinceForgottenMs >= (forgotten.call.state === 'ringing' ? ringMs : leaseMs)) return this.#giveUp(forgotten)
    if (this.#busy) return
    const { isPresent } = this.#options
    const step = stepOf({ forgotten, now: call, self, isPresent: (peer) => peer === self || isPresent(peer), waitedMs: this.#waitedMs })
    if (step) void this.#take(step, forgotten)
  }

  #count(forgotten: Forgotten | null): void {
    const { clock, isPresent, online } = this.#options
    const now = clock.now()
    const passedMs = online() ? passed(this.#lookedAtMs, now) ?? 0 : 0
    const present = forgotten?.call.participants.filter(isPresent).join() ?? ''
    const isNews = !forgotten || !this.#forgotten || !isSame(forgotten.call, this.#forgotten)
    this.#sinceForgottenMs = isNews ? 0 : this.#sinceForgottenMs + passedMs
    this.#waitedMs = isNews || present !== this.#present ? 0 : this.#waitedMs + passedMs
    this.#present = present
    this.#forgotten = forgotten?.call ?? null
    this.#lookedAtMs = now
  }

  async #take(step: NonNullable<Step>, { call }: Forgotten): Promise<void> {
    const { clock, calls } = this.#options
    this.#busy = true
    await (step.name === 'make' ? calls.remake(call, step.to) : calls.rejoin(call.id))
    clock.after(againMs, () => { this.#busy = false })
  }

  /** Without those who are missing, if there is anybody else in it. */
  #giveUp({ call, missing }: Forgotten): void {
    const { calls, state, dispatch } = this.#options
    if (call.state === 'ringing') dispatch({ type: 'lost', call: call.id })
    else if (state().call?.state === 'active' && !missing.includes(state().self)) dispatch({ type: 'given-up' })
    else void calls.breakOff(call.id)
  }
}
