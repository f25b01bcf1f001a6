// Keeps the screen on during a call, where the browser can and the battery allows.
import type { Environment } from './environment'

export class ScreenLock {
  readonly #environment: Pick<Environment, 'wakeLock' | 'window' | 'document'>
  #wanted = false
  #sentinel: WakeLockSentinel | null = null
  #asking = false

  constructor(environment: Pick<Environment, 'wakeLock' | 'window' | 'document'>, signal: AbortSignal) {
    this.#environment = environment
    // The browser takes the lock away with every change of tab; one that it would not give it may give then.
    environment.document.addEventListener('visibilitychange', () => void this.#settle(), { signal })
    environment.window.addEventListener('pageshow', () => void this.#settle(), { signal })
    signal.addEventListener('abort', () => this.hold(false))
  }

  hold(wanted: boolean): void {
    if (wanted === this.#wanted) return
    this.#wanted = wanted
    void this.#settle()
  }

  async #settle(): Promise<void> {
    const { wakeLock, document } = this.#environment
    if (!this.#wanted) return this.#release()
    if (!wakeLock || this.#asking || document.visibilityState !== 'visible' || (this.#sentinel && !this.#sentinel.released)) return
    this.#asking = true
    this.#sentinel = await wakeLock.request('screen').catch(() => null) // low battery: not ours to decide
    this.#asking = false
    // Taken away while the page is to be seen, for the battery perhaps: asked for once more, and then when the page comes back.
    this.#sentinel?.addEventListener('release', () => void this.#settle(), { once: true })
    if (!this.#wanted) this.#release()
  }

  #release(): void {
    const sentinel = this.#sentinel
    this.#sentinel = null
    void sentinel?.release().catch(() => undefined)
  }
}
