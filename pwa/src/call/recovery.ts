// When a connection that lost its media is mended, and by whom. Decides only; remote.ts does it.
//
// ICE is restarted when the watchdog says so, and again every two seconds while nothing comes: the first restart after
// a change of network is often too early, for the browser learns of the new interface a second or two after the page.
// A network so slow that the answer alone takes long gets longer. After five restarts in vain the connection is made anew, and so on.
//
// One side restarts, so that two offers do not meet each time: the earlier participant at once, the later one only when
// no offer with new credentials came a second later (the earlier one may not have noticed: what we send gets through, or we
// send nothing), or when it is its own network that changed. If both do, perfect negotiation lets one pass.
//
// One restart in a round uses relays alone: a network may let checks of other ways pass, or swallow them so slowly, that the
// relay never gets its turn. Where media has worked that is the last of the five. Where it never has, ICE has just tried
// everything at once for long, so it is the first, and every other one after that; each has twelve seconds, for Chromium may
// look for ever and never call it failed.
//
// Without signaling nothing can be mended, so nothing is tried or counted: an offer made on a dead network would carry
// its dead candidates. Nor is anything added while an offer waits for its answer: the other side may be away for long.
import { passed, type Health } from './watchdog'

export interface Circumstances {
  readonly atMs: number
  readonly health: Health
  /** Something came since the look before. */
  readonly arrived: boolean
  /** ICE has a way. */
  readonly open: boolean
  /** They send something, so that its coming is what to wait for. */
  readonly sending: boolean
  /** Both descriptions are set and no offer is under way. */
  readonly settled: boolean
  /** Signaling gets through. */
  readonly online: boolean
  /** Media came over this connection or one before it. What never worked is left to ICE until that gives up, or takes too long. */
  readonly worked: boolean
}

/** `relay`: a restart that uses relays alone. */
export type Deed = 'restart' | 'relay' | 'rebuild' | null

const repeatMs = 2_000
/** Of the time that the last offer and answer took: connectivity checks, and a relay before them, are several round trips more. */
const repeatFactor = 4
const longestRepeatMs = 8_000
const patienceMs = 1_000
const mostRestarts = 5
/** A way is found within a few seconds, by a relay behind a slow proxy too, or not at all. */
const vainMs = 12_000
/** The other side is away, or could make nothing of our offer. Begun anew once: more would only pile up. */
const unansweredMs = 15_000
/** Sound alone has 50 packets a second: a look so long after the last that sees none of them tells something. */
const tellingMs = 200
/** In a call with others in it that is fine without this one nobody waits; it need not be tried all the time. */
const hopelessMs = 60_000
const hopelessRepeatMs = 10_000

export class Recovery {
  readonly #polite: boolean
  #atMs: number | null = null
  /** How long there has been trouble; null while all is well. */
  #troubleMs: number | null = null
  #restarts = 0
  /** How long ICE has been looking for a first way, since both said what they have. */
  #lookingMs = 0
  /** Our last restart before media ever came. */
  #lastWasRelay = false
  /** Since the last restart, by whomever, was answered; null before the first of this trouble. */
  #waitedMs: number | null = null
  #theirs = false
  /** How long the last offer took, or has been under way. */
  #negotiationMs = 0
  #insisted = false
  #networkChanged = false
  /** They restarted, so something is wrong for them: `seen` when nothing came since. */
  #doubt: 'none' | 'told' | 'seen' = 'none'

  constructor(polite: boolean) {
    this.#polite = polite
  }

  /** Whether the person shall be told that media is away. */
  get broken(): boolean {
    return this.#troubleMs !== null || this.#doubt === 'seen'
  }

  /** Something is wrong, for us or for them. */
  get ill(): boolean {
    return this.broken || this.#doubt === 'told'
  }

  look(now: Circumstances): Deed {
    const passedMs = passed(this.#atMs, now.atMs) ?? 0
    this.#atMs = now.atMs
    this.#judge(now, passedMs)
    if (!now.online) return null
    if (!now.settled) return this.#await(passedMs)
    if (this.#waitedMs !== null) this.#waitedMs += passedMs
    if (!this.#isDue()) return null
    const deed = this.#restarts >= mostRestarts ? 'rebuild' : this.#isRelaysTurn(now.worked) ? 'relay' : 'restart'
    this.#begin(deed === 'rebuild' ? 0 : this.#restarts + 1)
    return deed
  }

  /** Our own: candidates of the old one are worth nothing, whatever the watchdog has seen yet. */
  handleNetworkChange(): void {
    this.#networkChanged = true
    this.#restarts = 0
  }

  /** An offer with new credentials came and was taken. */
  handleRestart(): void {
    this.#begin(this.#restarts + 1)
    this.#theirs = true
    this.#doubt = 'told'
  }

  /** The connection is another one now. It has its time like a restarted one, and where one `worked` before, it has to as well. */
  handleRebuild(worked: boolean): void {
    this.#begin(0)
    this.#theirs = true // whoever asked for it, the earlier one restarts it first
    if (worked) this.#troubleMs ??= 0
  }

  #judge({ health, arrived, open, sending, settled, online, worked }: Circumstances, passedMs: number): void {
    const looks = !worked && !open && settled && online
    this.#lookingMs = looks ? this.#lookingMs + passedMs : open ? 0 : this.#lookingMs
    const mended = sending ? arrived : open && settled
    const troubled = health === 'failed' || this.#lookingMs >= vainMs || (worked && (health !== 'well' || (this.#troubleMs !== null && !mended)))
    if (troubled) this.#troubleMs = this.#troubleMs === null ? this.#notice() : this.#troubleMs + passedMs
    else if (this.#troubleMs !== null) this.#forget()
    if (this.#doubt !== 'none') this.#doubt = mended ? 'none' : passedMs < tellingMs ? this.#doubt : 'seen'
  }

  /** A restart of theirs that came just before belongs to this trouble; anything older does not. */
  #notice(): number {
    if (this.#waitedMs !== null && this.#waitedMs > repeatMs) this.#forget()
    return 0
  }

  #forget(): void {
    this.#troubleMs = this.#waitedMs = null
    this.#restarts = 0
    this.#insisted = this.#theirs = false
  }

  #await(passedMs: number): Deed {
    this.#negotiationMs += passedMs
    if (this.#troubleMs === null || this.#insisted || this.#negotiationMs < unansweredMs) return null
    this.#insisted = true
    this.#begin(0)
    return 'rebuild'
  }

  #isRelaysTurn(worked: boolean): boolean {
    if (worked) return this.#restarts === mostRestarts - 1
    if (this.#networkChanged) return false // nothing was tried on this one
    return this.#lastWasRelay = !this.#lastWasRelay
  }

  #isDue(): boolean {
    if (this.#networkChanged) return true
    if (this.#troubleMs === null) return false
    if (this.#waitedMs === null) return this.#troubleMs >= (this.#polite ? patienceMs : 0)
    return this.#waitedMs >= this.#pauseMs(this.#troubleMs) + (this.#polite && this.#theirs ? patienceMs : 0)
  }

  #pauseMs(troubleMs: number): number {
    if (troubleMs > hopelessMs) return hopelessRepeatMs
    return Math.min(longestRepeatMs, Math.max(repeatMs, this.#negotiationMs * repeatFactor))
  }

  #begin(restarts: number): void {
    this.#restarts = restarts
    this.#waitedMs = this.#negotiationMs = this.#lookingMs = 0
    this.#theirs = this.#networkChanged = false
  }
}
