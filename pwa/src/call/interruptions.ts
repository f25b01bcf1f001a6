// Camera and microphone that the system took from us in mid-call: the track ended without our doing (a phone call,
// Siri, the lock screen, a cable), or was silenced for longer than the moment that iOS needs to begin. Browsers do
// not give it back by themselves, or say that they have and are silent; so it is asked for again: once at once, and
// whenever the page comes to the front or another device appears. A page in the background is not given anything.
import type { Clock } from '../protocol/clock'
import type { Environment } from './environment'
import type { Tracks } from './media'

type Kind = keyof Tracks

export interface InterruptionsOptions extends Pick<Environment, 'window' | 'document' | 'mediaDevices'> {
  clock: Clock
  /** A track ended that we did not stop. */
  onEnded(kind: Kind): void
  /** Something was interrupted, or is not any more. */
  onChange(): void
  /** It may be had again now. */
  onChance(): void
}

/** iOS mutes a track at its start for up to a second, and for no reason. */
const startUpMs = 1_500

interface Watched {
  readonly track: MediaStreamTrack
  cancelTimer: () => void
}

export class Interruptions {
  readonly #options: InterruptionsOptions
  readonly #watched = new Map<Kind, Watched>()
  readonly #interrupted = new Set<Kind>()
  /** Was asked for since anything changed: what comes back silent is not asked for again and again. */
  readonly #tried = new Set<Kind>()

  constructor(options: InterruptionsOptions, signal: AbortSignal) {
    const { window, document, mediaDevices } = options
    this.#options = options
    window.addEventListener('pageshow', () => this.#handleChance(), { signal })
    document.addEventListener('visibilitychange', () => this.#handleChance(), { signal })
    mediaDevices?.addEventListener('devicechange', () => this.#handleChance(), { signal })
    signal.addEventListener('abort', () => this.#watched.forEach(({ cancelTimer }) => cancelTimer()))
  }

  has(kind: Kind): boolean {
    return this.#interrupted.has(kind)
  }

  get any(): boolean {
    return this.#interrupted.size > 0
  }

  /** A track that we have got, in place of any other of its kind. */
  watch(kind: Kind, track: MediaStreamTrack): void {
    this.#watched.get(kind)?.cancelTimer()
    const watched: Watched = { track, cancelTimer: () => undefined }
    this.#watched.set(kind, watched)
    const listen = (event: 'ended' | 'mute' | 'unmute', task: () => void) => {
      track.addEventListener(event, () => { if (this.#watched.get(kind) === watched) task() })
    }
    listen('ended', () => this.#handleEnded(kind))
    listen('mute', () => this.#handleMute(kind, watched))
    listen('unmute', () => this.#handleUnmute(kind, watched))
    if (track.muted) this.#handleMute(kind, watched)
    else this.#end(kind)
  }

  /** We want no such track any more. */
  forget(kind: Kind): void {
    this.#watched.get(kind)?.cancelTimer()
    this.#watched.delete(kind)
    this.#end(kind)
  }

  #end(kind: Kind): void {
    this.#interrupted.delete(kind)
    this.#tried.delete(kind)
  }

  #handleEnded(kind: Kind): void {
    this.#watched.get(kind)?.cancelTimer()
    this.#watched.delete(kind)
    this.#interrupted.add(kind)
    this.#options.onEnded(kind)
    this.#try()
  }

  #handleMute(kind: Kind, watched: Watched): void {
    watched.cancelTimer()
    watched.cancelTimer = this.#options.clock.after(startUpMs, () => {
      if (this.#watched.get(kind) !== watched || !watched.track.muted) return
      this.#interrupt(kind)
      if (!this.#tried.has(kind)) this.#try()
    })
  }

  #handleUnmute(kind: Kind, watched: Watched): void {
    watched.cancelTimer()
    const before = this.has(kind)
    this.#end(kind)
    if (before) this.#options.onChange()
  }

  #handleChance(): void {
    if (this.#options.document.visibilityState !== 'visible') return
    for (const [kind, { track }] of this.#watched) if (track.muted) this.#interrupt(kind)
    this.#try()
  }

  #interrupt(kind: Kind): void {
    if (this.has(kind)) return
    this.#interrupted.add(kind)
    this.#options.onChange()
  }

  #try(): void {
    if (!this.any || this.#options.document.visibilityState !== 'visible') return
    for (const kind of this.#interrupted) this.#tried.add(kind)
    this.#options.onChance()
  }
}
